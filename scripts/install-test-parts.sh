#!/usr/bin/env bash
# Installs the system parts the tests need, on Debian and its relatives, and only those that are missing:
# chromium and a font for the pages, postgresql for the second store, oathtool as a second opinion on codes, and the web
# servers, proxies, SAML tools and libraries of other languages that play the apps behind a login, two directories of users,
# Kerberos: its programs, and what the package kerberos is built with; age, which opens encrypted backups; prometheus, which
# reads the metrics; a syslog server; PgBouncer, behind which PostgreSQL may be; and Firefox as a second browser.
# No service is started or kept: the tests begin their own private PostgreSQL.
# Commands as arguments are installed as well, from the packages of the same names: chromium-headless-shell makes the
# scenarios faster, but upgrades an installed chromium to its own version.
set -euo pipefail

has_postgres() {
  command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null
}

# What an app or a proxy in the tests consists of, by a path that is there when its package is installed.
parts=(
  /usr/bin/age=age
  /usr/bin/prometheus=prometheus
  /usr/sbin/rsyslogd=rsyslog
  /usr/lib/*/rsyslog/lmnsd_ossl.so=rsyslog-openssl
  /usr/sbin/pgbouncer=pgbouncer
  /usr/sbin/apache2=apache2
  /usr/lib/apache2/modules/mod_auth_openidc.so=libapache2-mod-auth-openidc
  /usr/lib/apache2/modules/mod_auth_mellon.so=libapache2-mod-auth-mellon
  /usr/lib/apache2/modules/mod_shib.so=libapache2-mod-shib
  /usr/sbin/nginx=nginx
  /usr/bin/caddy=caddy
  /usr/sbin/haproxy=haproxy
  /usr/sbin/slapd=slapd
  /usr/sbin/samba=samba-ad-dc
  /usr/share/samba/setup/provision.ldif=samba-ad-provision
  /usr/bin/kinit=krb5-user
  /usr/include/gssapi/gssapi_krb5.h=libkrb5-dev
  /usr/bin/g++=g++
  /usr/bin/make=make
  /usr/bin/python3=python3
  /usr/bin/curl=curl
  /usr/bin/xmlsec1=xmlsec1
  /usr/bin/xmllint=libxml2-utils
  /usr/share/xml/opensaml=opensaml-schemas
  /usr/lib/python3/dist-packages/authlib=python3-authlib
  /usr/lib/python3/dist-packages/allauth=python3-django-allauth
  /usr/lib/python3/dist-packages/social_django=python3-social-django
  /usr/lib/python3/dist-packages/flask=python3-flask
  /usr/lib/python3/dist-packages/requests=python3-requests
  /usr/lib/python3/dist-packages/saml2=python3-pysaml2
  /usr/bin/go=golang-go
  /usr/share/gocode/src/github.com/coreos/go-oidc=golang-github-coreos-go-oidc-dev
  /usr/share/rubygems-integration/all/gems/openid_connect-*=ruby-openid-connect
  # Installs and checks packages. This systemd runs in a namespace of a test.
  /usr/lib/systemd/systemd=systemd
  /usr/sbin/adduser=adduser
  /usr/bin/lintian=lintian
  /usr/bin/umoci=umoci
  /usr/bin/skopeo=skopeo
)

missing=()
# Also beside the one without a window, which has no camera and no push messages.
command -v chromium >/dev/null || missing+=(chromium)
has_postgres || missing+=(postgresql)
command -v firefox-esr firefox >/dev/null || missing+=(firefox-esr)
command -v oathtool >/dev/null || missing+=(oathtool)
compgen -G '/usr/share/fonts/*/dejavu/DejaVuSans.ttf' >/dev/null || missing+=(fonts-dejavu-core)
for part in "${parts[@]}"; do
  compgen -G "${part%%=*}" >/dev/null || missing+=("${part##*=}")
done
for wanted in "$@"; do
  command -v "$wanted" >/dev/null || missing+=("$wanted")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "missing system parts: ${missing[*]}"
if ! command -v apt-get >/dev/null; then
  echo "apt-get was not found: install ${missing[*]} by the means of this system and run again" >&2
  exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif sudo -n true 2>/dev/null; then
  as_root=(sudo -n)
else
  echo "no right to install: run  sudo apt-get install ${missing[*]}  and run again" >&2
  exit 1
fi

# Debian packages ask this file whether they may start their service; 101 means no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod +x "$policy"
fi
# Without a network it fails soon.
soon=(-o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10 -o Acquire::Retries=1)
"${as_root[@]}" apt-get "${soon[@]}" update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get "${soon[@]}" install -q -y --no-install-recommends "${missing[@]}"
