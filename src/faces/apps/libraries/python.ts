/** Libraries for Python. */
import type { AppLibrary } from './library.ts'

/** A text of Python. */
const quote = (text: string): string => JSON.stringify(text)

export const authlib: AppLibrary = {
  name: 'authlib',
  title: 'Authlib with Flask',
  alsoCalled: ['flask', 'flask-authlib', 'starlette', 'fastapi'],
  callback: 'callback',
  where: 'In the app, where `app` is the one of Flask:',
  language: 'python',
  writeLines: ({ id, secret, discovery }) => `from authlib.integrations.flask_client import OAuth

oauth = OAuth(app)
oauth.register(
    "einlass",
    server_metadata_url="${discovery}",
    client_id="${id}",
    client_secret="${secret}",
    client_kwargs={"scope": "openid profile email"},
)`,
  pkce: {
    type: 'off',
    text: 'By default it sends no PKCE.',
    code: 'client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},',
  },
  notes: [
    {
      text: 'A login begins with `oauth.einlass.authorize_redirect(...)`, with the redirect address of the app, and ends with `oauth.einlass.authorize_access_token()`. Starlette and Django have the same under `authlib.integrations`.',
    },
  ],
  tried: 'tests',
}

export const allauth: AppLibrary = {
  name: 'allauth',
  title: 'django-allauth',
  alsoCalled: ['django-allauth'],
  callback: 'accounts/oidc/einlass/login/callback/',
  where:
    'In settings.py, with `allauth.socialaccount.providers.openid_connect` in INSTALLED_APPS, and `allauth.urls` below accounts/:',
  language: 'python',
  writeLines: ({ id, secret, brand, issuer }) => `SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "einlass",
                "name": ${quote(brand)},
                "client_id": "${id}",
                "secret": "${secret}",
                "settings": {"server_url": "${issuer}"},
            }
        ]
    }
}`,
  pkce: {
    type: 'off',
    text: 'By default it sends no PKCE.',
    code: 'SOCIALACCOUNT_PROVIDERS["openid_connect"]["OAUTH_PKCE_ENABLED"] = True',
  },
  notes: [
    {
      text: 'Its logout ends the session of Django alone. To log out of Einlass too, send the browser on to the logout endpoint.',
    },
  ],
  tried: 'tests',
}

export const mozillaDjangoOidc: AppLibrary = {
  name: 'mozilla-django-oidc',
  title: 'mozilla-django-oidc',
  alsoCalled: ['mozilla-django', 'django-oidc', 'mozilla'],
  callback: 'oidc/callback/',
  where:
    'In settings.py, with `mozilla_django_oidc` in INSTALLED_APPS, its backend in AUTHENTICATION_BACKENDS, and `mozilla_django_oidc.urls` below oidc/. Without the algorithm it expects HS256:',
  language: 'python',
  writeLines: ({ id, secret, issuer, address }) => `OIDC_RP_CLIENT_ID = "${id}"
OIDC_RP_CLIENT_SECRET = "${secret}"
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_RP_SCOPES = "openid profile email"
OIDC_OP_AUTHORIZATION_ENDPOINT = "${address('authorization')}"
OIDC_OP_TOKEN_ENDPOINT = "${address('token')}"
OIDC_OP_USER_ENDPOINT = "${address('userinfo')}"
OIDC_OP_JWKS_ENDPOINT = "${issuer}/jwks"`,
  createSettings: () => ({ signingAlgorithm: 'RS256' }),
  pkce: {
    type: 'off',
    text: 'By default it sends no PKCE, and before version 4.0.0 it cannot.',
    code: 'OIDC_USE_PKCE = True',
  },
  notes: [
    {
      text: 'It recognises its users by their e-mail address. Let its backend go by `sub` (`filter_users_by_claims`), so that an address that is given to somebody else gives no account away.',
    },
  ],
  tried: { read: 'the source and the documentation of 5.0.2' },
}

export const pythonSocialAuth: AppLibrary = {
  name: 'python-social-auth',
  title: 'python-social-auth with Django',
  alsoCalled: ['social-auth-app-django', 'social-auth', 'social-django'],
  callback: 'complete/oidc/',
  where:
    'In settings.py, with `social_django` in INSTALLED_APPS, `social_django.urls` at the root of the addresses, and the backend beside those that there are:',
  language: 'python',
  writeLines: ({
    id,
    secret,
    issuer,
  }) => `AUTHENTICATION_BACKENDS = ["social_core.backends.open_id_connect.OpenIdConnectAuth"]
SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = "${issuer}"
SOCIAL_AUTH_OIDC_KEY = "${id}"
SOCIAL_AUTH_OIDC_SECRET = "${secret}"`,
  // Its backend takes RS256 alone.
  createSettings: () => ({ signingAlgorithm: 'RS256' }),
  pkce: { type: 'never' },
  notes: [
    {
      text: 'A login begins at login/oidc/. Its logout ends the session of Django alone: to log out of Einlass too, send the browser on to the logout endpoint.',
    },
  ],
  tried: 'tests',
}
