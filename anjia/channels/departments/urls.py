"""Addresses for other offices."""

from django.urls import path

from anjia.channels.departments import views

app_name = "departments"
urlpatterns = [path("moves/", views.moves, name="moves")]
