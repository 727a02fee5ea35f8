"""One draft: written on with checks as one types, tried on everybody, handed on, published."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from anjia.channels.desk import editing, moving
from anjia.channels.ui.declare import by_method, view
from anjia.population import drafts, records

READ = ("definition", "read", drafts.PURPOSE)
WRITE = ("definition", "draft", drafts.PURPOSE)


@view(reads=True, needs=READ)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a draft with its checks."""
    return render(request, "desk/draft.html", editing.page(request.user, drafts.get(pk)))


@view(writes=True, needs=WRITE)
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Keeps what was typed."""
    draft = drafts.get(pk)
    drafts.save(
        request.allowed, draft, text=editing.text_of(draft, request.POST),  # type: ignore[attr-defined]
        reason=request.POST.get("reason", ""), version=editing.version_of(request.POST),
    )  # fmt: skip
    return HttpResponseRedirect(f"{reverse('desk:draft', args=[pk])}#checks")


@view(writes=True, needs=WRITE)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Checks what is being typed; nothing is kept."""
    draft = drafts.get(pk)
    return render(request, "desk/checks.html", editing.checks(draft, editing.text_of(draft, request.POST)))


@view(writes=True, needs=("simulation", "simulate", drafts.PURPOSE))
def simulate(request: HttpRequest, pk: int) -> HttpResponse:
    """Tries the draft on everybody."""
    made = records.run(request.allowed, drafts.get(pk), records.current())  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("desk:simulation", args=[made.digest]))


@view(writes=True, needs=READ)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Hands a draft on, takes it back, gives it up, or publishes it."""
    moving.move(request.user, drafts.get(pk), request.POST.get("move", ""))
    return HttpResponseRedirect(reverse("desk:draft", args=[pk]))


@view(reads=True, needs=READ)
def text(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives the draft as a file for the city's folder."""
    draft = drafts.get(pk)
    answer = HttpResponse(draft.text, content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{draft.ident}.toml"'
    return answer


page = by_method(get=show, post=save)
