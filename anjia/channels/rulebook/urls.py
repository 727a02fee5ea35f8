"""Addresses of the rule book."""

from django.urls import path

from anjia.channels.rulebook import views

app_name = "rulebook"
urlpatterns = [path("", views.index, name="index"), path("<str:ident>/", views.rule, name="rule")]
