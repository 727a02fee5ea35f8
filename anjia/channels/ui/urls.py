"""Addresses of the design system: the switches, and the gallery where the city is synthetic."""

from __future__ import annotations

from django.urls import path

from anjia.channels.ui import gallery, views

app_name = "ui"
urlpatterns = [
    path("settings/", views.change_settings, name="settings"),
    path("gallery/", gallery.show, name="gallery"),
]
