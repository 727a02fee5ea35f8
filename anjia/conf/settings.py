"""Django settings; every value that differs between machines comes from the environment.

Environment:
    ANJIA_STATE: folder for keys, logs and the embedded database (default `./.anjia`).
    ANJIA_CITY: folder with the city's definitions (default `cities/zibo` beside the package).
    ANJIA_DSN: connection of the application's role (set by `anjia run`).
    ANJIA_OWNER_DSN: connection of the owner; only migrations and tests use it.
    ANJIA_HOSTS: comma separated host names that may be served.
    ANJIA_PUBLIC_URL: address under which residents reach the service; it is printed on documents.
    ANJIA_DEPARTMENTS_URL: base address of the departments' exchange.
    ANJIA_PARTNERS_CREDENTIALS: JSON file: id of another city → its `url` and the shared `token` and `secret`.
    ANJIA_DEPARTMENTS_CREDENTIALS: JSON file with the `token` and `secret` of the exchange.
"""

from __future__ import annotations

import os
from pathlib import Path

from anjia.conf import state

ROOT = Path(__file__).resolve().parent.parent.parent
STATE = state.folder()
ANJIA_CITY = Path(os.environ.get("ANJIA_CITY", ROOT / "cities" / "zibo"))
ANJIA_APP_ROLE = os.environ.get("ANJIA_APP_ROLE", "anjia_app")
ANJIA_PUBLIC_URL = os.environ.get("ANJIA_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
ANJIA_DEPARTMENTS_URL = os.environ.get("ANJIA_DEPARTMENTS_URL", "http://127.0.0.1:8100")
ANJIA_DEPARTMENTS_CREDENTIALS = Path(
    os.environ.get("ANJIA_DEPARTMENTS_CREDENTIALS", STATE / "departments" / "credentials.json")
)
ANJIA_PARTNERS_CREDENTIALS = Path(
    os.environ.get("ANJIA_PARTNERS_CREDENTIALS", STATE / "partners" / "credentials.json")
)
ANJIA_KEYS = STATE / "keys"
ANJIA_STATE = STATE

SECRET_KEY = state.secret("django-secret-key")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("ANJIA_HOSTS", "127.0.0.1,localhost,testserver").split(",")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "anjia.kernel",
    "anjia.registers",
    "anjia.casework",
    "anjia.credentials",
    "anjia.exchange",
    "anjia.population",
    "anjia.channels.ui",
    "anjia.channels.residents",
    "anjia.channels.counter",
    "anjia.channels.desk",
    "anjia.channels.verification",
    "anjia.channels.departments",
    "anjia.channels.rulebook",
    "anjia.conf",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "anjia.conf.middleware.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "anjia.conf.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "anjia.conf.middleware.Declared",
    "anjia.conf.middleware.Failures",
]

ROOT_URLCONF = "anjia.conf.urls"
WSGI_APPLICATION = "anjia.conf.wsgi.application"
AUTH_USER_MODEL = "kernel.Actor"
LOGIN_URL = "residents:sign-in"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "anjia.channels.ui.environment.environment",
            "context_processors": ["anjia.channels.ui.context.page", "anjia.channels.counter.context.page"],
        },
    }
]

DATABASES = {"default": state.database(os.environ.get("ANJIA_DSN", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "anjia_language"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = STATE / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = True

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "anjia.conf.failures.csrf"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("ANJIA_LOG", "WARNING")},
}
