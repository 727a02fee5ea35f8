"""All addresses: residents at the root, the other channels below their names."""

from django.urls import include, path

from anjia.conf import health

urlpatterns = [
    path("health/", health.health, name="health"),
    path("counter/", include("anjia.channels.counter.urls")),
    path("departments/", include("anjia.channels.departments.urls")),
    path("desk/", include("anjia.channels.desk.urls")),
    path("rules/", include("anjia.channels.rulebook.urls")),
    path("verify/", include("anjia.channels.verification.urls")),
    path("", include("anjia.channels.ui.urls")),
    path("", include("anjia.channels.residents.urls")),
]

handler400 = "anjia.conf.failures.bad_request"
handler403 = "anjia.conf.failures.forbidden"
handler404 = "anjia.conf.failures.not_found"
handler500 = "anjia.conf.failures.server_error"
