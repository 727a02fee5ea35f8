"""Addresses of the counter."""

from django.urls import path

from anjia.channels.counter.views import (
    case,
    collectives,
    moves,
    newcomers,
    permits,
    person,
    place,
    register,
    rules,
    sign,
    supervision,
    work,
)

app_name = "counter"
urlpatterns = [
    path("sign-in/", sign.sign_in, name="sign-in"),
    path("sign-out/", sign.sign_out, name="sign-out"),
    path("", work.home, name="home"),
    path("cases/<str:number>/", case.page, name="case"),
    path("cases/<str:number>/take/", case.take, name="take"),
    path("cases/<str:number>/supplement/", case.supplement, name="supplement"),
    path("cases/<str:number>/refuse/", case.refuse, name="refuse"),
    path("cases/<str:number>/documents/<str:document>/", case.document, name="document"),
    path("moves/", moves.listed, name="moves"),
    path("moves/<str:uid>/", moves.move, name="move"),
    path("register/", register.search, name="register"),
    path("register/<str:number>/", register.household, name="household"),
    path("collectives/", collectives.page, name="collectives"),
    path("collectives/new/", collectives.new, name="new-collective"),
    path("collectives/<str:number>/", collectives.household, name="collective"),
    path("collectives/<str:number>/officer/", collectives.appoint, name="appoint"),
    path("collectives/<str:number>/enter/", collectives.enter, name="enter-collective"),
    path("collectives/<str:number>/leave/", collectives.leave, name="leave-collective"),
    path("collectives/<str:number>/close/", collectives.close, name="close-collective"),
    path("persons/<int:subject>/", person.page, name="person"),
    path("places/<int:subject>/", place.page, name="place"),
    path("newcomers/", newcomers.newcomer, name="newcomer"),
    path("permits/", permits.due, name="permits"),
    path("permits/<str:serial>/", permits.permit, name="permit"),
    path("permits/<str:serial>/endorse/", permits.endorse, name="endorse"),
    path("rules/", rules.index, name="rules"),
    path("rules/<str:ident>/", rules.one, name="rule"),
    path("rules/<str:ident>/people/", rules.listing, name="rule-people"),
    path("supervision/", supervision.page, name="supervision"),
]
