"""A minimal site of django-termsandconditions, what an acceptance costs elsewhere.

Under gunicorn as the kiosk is, with connections that stay open and nothing but what its form needs: session,
CSRF, sign-in, and the row that says who accepted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from urllib.parse import urlencode

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from tests.conftest import ROOT

DATABASE = "PEER_DATABASE"
"""The variable that names the socket folder or host, the port, the user and the database, as JSON."""
PATH = "/accept/"
ACCEPTED = 302
"""How it answers an acceptance."""
_CSRF = "c" * 32
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def prepared(database: dict[str, str], people: int) -> Sequence[tuple[str, str]]:
    """Make the tables of `database`, the terms and `people` signed in; returns cookie and body of each."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.peer", str(people)],
        cwd=ROOT,
        env=os.environ | {DATABASE: json.dumps(database)},
        stdout=subprocess.PIPE,
        check=True,
    )
    terms, *sessions = done.stdout.decode().split()
    body = urlencode({"csrfmiddlewaretoken": _CSRF, "terms": terms, "returnTo": "/"})
    return [(f"csrftoken={_CSRF}; sessionid={one}", body) for one in sessions]


def application() -> object:
    """Return the WSGI application of the site, on the database that the environment names."""
    _configure()
    return get_wsgi_application()


def _configure() -> None:
    settings.configure(
        SECRET_KEY="a key for measuring alone",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="termsandconditions.urls",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "CONN_MAX_AGE": None,
                **json.loads(os.environ[DATABASE]),
            }
        },
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "termsandconditions",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
    )
    django.setup()


def _prepare(people: int) -> None:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.utils import timezone
    from termsandconditions.models import TermsAndConditions

    call_command("migrate", verbosity=0)
    terms = TermsAndConditions.objects.create(slug="site-terms", name="CGU", date_active=timezone.now())
    print(terms.pk)
    for number in range(people):
        user = User.objects.create(username=f"personne{number}", password="!")
        store = SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = _BACKEND
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.create()
        print(store.session_key)


if __name__ == "__main__":
    _configure()
    _prepare(int(sys.argv[1]))
