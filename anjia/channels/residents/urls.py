"""Addresses of the residents' channel."""

from __future__ import annotations

from django.urls import path

from anjia.channels.residents.views import (
    cases,
    consents,
    documents,
    forms,
    hearings,
    home,
    items,
    permits,
    records,
    sign,
)

app_name = "residents"
urlpatterns = [
    path("", home.home, name="home"),
    path("search/", home.search, name="search"),
    path("me/", home.me, name="me"),
    path("notices/", home.messages, name="notices"),
    path("sign-in/", sign.sign_in, name="sign-in"),
    path("sign-out/", sign.sign_out, name="sign-out"),
    path("items/", items.index, name="items"),
    path("items/<slug:slug>/", items.show, name="item"),
    path("items/<slug:slug>/start/", items.start, name="start"),
    path("cases/", cases.index, name="cases"),
    path("cases/<str:number>/", cases.show, name="case"),
    path("cases/<str:number>/result/", cases.result, name="result"),
    path("cases/<str:number>/ask-again/", cases.ask_again, name="ask-again"),
    path("cases/<str:number>/submit/", cases.submit, name="submit"),
    path("cases/<str:number>/withdraw/", cases.withdraw, name="withdraw"),
    path("cases/<str:number>/form/<str:topic>/", forms.form, name="form"),
    path("cases/<str:number>/form/<str:topic>/groups/", forms.groups, name="groups"),
    path("consents/", consents.index, name="consents"),
    path("consents/<int:ident>/", consents.consent, name="consent"),
    path("hearings/<int:ident>/", hearings.statement, name="hearing"),
    path("documents/", documents.index, name="documents"),
    path("documents/<str:number>/", documents.show, name="document"),
    path("documents/<str:number>/file/", documents.file, name="document-file"),
    path("household/", records.household, name="household"),
    path("history/", records.past, name="history"),
    path("permit/", permits.permit, name="permit"),
    path("my-data/", records.my_data, name="my-data"),
]
