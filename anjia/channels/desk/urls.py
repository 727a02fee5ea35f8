"""Addresses of the desk."""

from django.urls import path

from anjia.channels.desk.views import draft, home, sign, simulation

app_name = "desk"
urlpatterns = [
    path("sign-in/", sign.sign_in, name="sign-in"),
    path("sign-out/", sign.sign_out, name="sign-out"),
    path("", home.page, name="home"),
    path("begin/", home.begin, name="begin"),
    path("drafts/<int:pk>/", draft.page, name="draft"),
    path("drafts/<int:pk>/check/", draft.check, name="check"),
    path("drafts/<int:pk>/simulate/", draft.simulate, name="simulate"),
    path("drafts/<int:pk>/move/", draft.move, name="move"),
    path("drafts/<int:pk>/toml/", draft.text, name="toml"),
    path("simulations/<str:digest>/", simulation.page, name="simulation"),
    path("simulations/<str:digest>/names/", simulation.names, name="names"),
]
