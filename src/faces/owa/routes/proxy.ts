/** A reverse proxy asks this login before it lets a browser through to Outlook on the web (forward-auth). */
import type { Plan, PlanInput } from '../plan.ts'
import { protectionWarning, sources } from '../sources.ts'
import { doubtfulPath, namesGuarded, phoneUser, plainPath } from './nginx-patterns.ts'

type ProxyInput = Pick<PlanInput, 'mailOrigin' | 'publicUrl' | 'port'>

export function planProxy(input: ProxyInput): Plan {
  return {
    files: [{ name: 'nginx.conf', content: writeNginx(input) }],
    steps: [
      `Here: einlass app add owa --protocol forward-auth --protected-address ${input.mailOrigin}/owa --protected-address ${input.mailOrigin}/ecp --start-url ${input.mailOrigin}/owa/`,
      'Fill in the addresses that are written in capitals, and give the file to the nginx that the name of the mail server leads to.',
      'In einlass.yaml: the address of that nginx in trusted_proxies. Then restart the server; without it everybody gets 403.',
      'In the firewall: nothing but that nginx may reach Exchange from outside.',
      `Open ${input.mailOrigin}/owa/ in a new browser window and log in, here and then in Exchange.`,
      'Back again: let the name lead to Exchange as before.',
    ],
    sources: [sources.protection],
    warnings: [
      protectionWarning,
      'Exchange still asks for the password itself: people log in twice, and this login guards the first door.',
      'The proxy is tested with a page behind it, and was not tried before a real Exchange server yet.',
      'Mail programs and phones pass without this login, or they would stop working: see owa leaks.',
      'Mail programs that log in by NTLM cannot pass this nginx: NTLM needs one connection to Exchange for each of them. Give them OAuth, Kerberos or an address of their own past it, see docs/owa.md.',
    ],
  }
}

/** Addresses where mail programs hold requests open for long, and where nothing may be slowed down. */
const longLived = ['mapi', 'Microsoft-Server-ActiveSync', 'EWS', 'Autodiscover', 'OAB']

function writeNginx({ mailOrigin, publicUrl, port: loginPort }: ProxyInput): string {
  const { host, hostname, port } = new URL(mailOrigin)
  return `# Outlook on the web at ${mailOrigin}, behind the login at ${publicUrl}.
upstream einlass {
  server EINLASS-ADDRESS:${loginPort};
  keepalive 16;
}

server {
  listen ${port === '' ? 443 : port} ssl;
  server_name ${hostname};
  # Exchange with Extended Protection wants to see the same certificate here as on itself.
  ssl_certificate /etc/ssl/${hostname}.pem;
  ssl_certificate_key /etc/ssl/${hostname}.key;
  client_max_body_size 160m;

  proxy_http_version 1.1;
  proxy_set_header Host ${host};
  # A connection to Exchange for each request, and never one of an "upstream" with "keepalive": NTLM logs in the connection,
  # and whoever is next on it would be in the mailbox of the one before.
  proxy_set_header Connection close;
  # Notifications of Outlook on the web and of phones stay open for up to an hour.
  proxy_read_timeout 3600s;
  proxy_send_timeout 3600s;
  proxy_buffering off;
  proxy_request_buffering off;

  # Before nginx chooses where a request goes: what IIS behind it may read otherwise, such as /EWS/..\\owa/.
  if ($request_uri !~* "${plainPath}") {
    return 400;
  }
  if ($request_uri ~* "${doubtfulPath}") {
    return 400;
  }
  # Without the user of a phone, who may be named like a path.
  set $without_user $request_uri;
  if ($request_uri ~* "${phoneUser}") {
    set $without_user $1$2;
  }

  location = /forward-auth/check {
    internal;
    proxy_pass http://einlass/forward-auth/nginx;
    proxy_pass_request_body off;
    proxy_set_header Connection "";
    proxy_set_header Content-Length "";
    proxy_set_header X-Original-URL ${mailOrigin}$request_uri;
    proxy_set_header X-Original-Method $request_method;
    proxy_buffering on;
    proxy_buffer_size 16k;
    proxy_buffers 4 16k;
  }

  location /forward-auth/app/ {
    proxy_pass http://einlass;
    proxy_set_header Connection "";
    proxy_set_header X-Forwarded-Proto https;
    proxy_set_header X-Forwarded-Host ${host};
    proxy_buffering on;
    proxy_buffer_size 16k;
    proxy_buffers 4 16k;
  }

  location @login {
    if ($login = "") {
      return 401;
    }
    return 303 $login;
  }

  # Behind the login.
  location ~* ^/(owa|ecp)(/|$) {
    auth_request /forward-auth/check;
    auth_request_set $login $upstream_http_location;
    error_page 401 = @login;
    proxy_pass https://EXCHANGE-ADDRESS:443;
  }

  # Mail programs: not behind the login. Close what nobody uses.
  location ~* ^/(${longLived.join('|')})(/|$) {
    if ($without_user ~* "${namesGuarded}") {
      return 403;
    }
    proxy_pass https://EXCHANGE-ADDRESS:443;
  }

  # Outlook Anywhere: RPC_IN_DATA is announced with up to 2 GB, stays open, and carries all that Outlook says until it closes.
  location ~* ^/rpc(/|$) {
    client_max_body_size 2g;
    if ($without_user ~* "${namesGuarded}") {
      return 403;
    }
    proxy_pass https://EXCHANGE-ADDRESS:443;
  }

  location = / {
    return 302 /owa/;
  }
  location / {
    return 404;
  }
}
`
}
