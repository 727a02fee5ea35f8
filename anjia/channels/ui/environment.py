"""The template environment: undefined names fail, sentences come from files, figures from filters."""

from __future__ import annotations

from typing import Any

from django.template.utils import get_app_template_dirs
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from anjia.channels.ui import dates, drawing, masking, texts


def environment(**options: Any) -> Environment:
    """Gives the Jinja environment that `TEMPLATES` names."""
    options.update(
        loader=FileSystemLoader([str(path) for path in get_app_template_dirs("templates")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    env = Environment(**options)  # noqa: S701 - autoescape is among the options
    env.globals.update(t=translate, w=texts.words, url=_url, static=static, qr=drawing.qr, english=texts.is_english)
    env.filters.update(
        day=dates.day,
        date_words=dates.date_words,
        moment=dates.moment,
        month=dates.month,
        masked_name=masking.name,
        masked_number=masking.number,
        article=article,
    )
    return env


@pass_context
def translate(context: Context, key: str, **values: Any) -> str:
    """Gives the sentence `key` of the page's channel, or of the shared file."""
    channel = context.get("channel") or (context.name or "").partition("/")[0]
    return texts.text(channel, key, **values)


def article(basis: Any) -> str:
    """Gives law and article as they are quoted: 《国务院令》第七条, or the law's name alone."""
    law = basis.law if basis.law.startswith("《") or "（" in basis.law else f"《{basis.law}》"
    if not basis.article:
        return law
    number = basis.article if basis.article.startswith("第") else f"第{basis.article}条"
    return f"{law}{number}"


def _url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args or None, kwargs=kwargs or None)
