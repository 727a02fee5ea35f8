"""Addresses of the counter."""

from django.urls import path

from anjia.channels.counter.views import case, moves, person, register, sign, supervision, work

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
    path("persons/<int:subject>/", person.page, name="person"),
    path("supervision/", supervision.page, name="supervision"),
]
