"""Addresses of the public verification."""

from django.urls import path

from anjia.channels.verification import views

app_name = "verification"
urlpatterns = [path("", views.verify, name="verify")]
