"""Django with django-allauth, as one file: settings, addresses, server."""

import json
import os
import ssl
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.contrib.auth import logout
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.utils.html import escape

origin = os.environ["ORIGIN"]
host, port = origin.removeprefix("https://").split(":")
database = os.path.join(os.environ["FOLDER"], "django.sqlite3")

given = {}
with open(os.environ["LINES"]) as lines, open(os.environ["PKCE_LINES"]) as pkce:
    exec(lines.read() + "\n" + pkce.read(), given)

settings.configure(
    ALLOWED_HOSTS=[host],
    ROOT_URLCONF=__name__,
    SECRET_KEY="a secret of the tests",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.socialaccount.providers.openid_connect",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    LOGIN_REDIRECT_URL="/",
    SOCIALACCOUNT_PROVIDERS=given["SOCIALACCOUNT_PROVIDERS"],
)
django.setup()


def home(request):
    from allauth.socialaccount.models import SocialAccount

    account = SocialAccount.objects.filter(user=request.user.pk).first()
    if account is None:
        return HttpResponse('<p id="signed-out">Nobody is signed in.</p>')
    return HttpResponse(f'<pre id="claims">{escape(json.dumps(account.extra_data))}</pre>')


def leave(request):
    """It ends its own session alone, and keeps no ID token."""
    logout(request)
    return redirect(os.environ["ISSUER"] + "/session/end?" + os.environ["LOGOUT_QUERY"])


urlpatterns = [
    path("", home),
    path("logout", leave),
    path("accounts/", include("allauth.urls")),
]


class Handler(WSGIRequestHandler):
    def get_environ(self):
        return {**super().get_environ(), "wsgi.url_scheme": "https", "HTTPS": "on"}


call_command("migrate", verbosity=0)
server = make_server(host, int(port), get_wsgi_application(), handler_class=Handler)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(os.environ["TLS_CERT"], os.environ["TLS_KEY"])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
