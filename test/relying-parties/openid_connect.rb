# An app by the gem openid_connect, with sessions in memory.

require 'cgi'
require 'json'
require 'openid_connect'
require 'securerandom'
require 'webrick/https'

ORIGIN = ENV.fetch('ORIGIN')
SESSIONS = {}

LINES = File.read(ENV.fetch('LINES'))
WITH_PKCE = !File.empty?(ENV.fetch('PKCE_LINES'))
# One client for each request, as it keeps a code.
begin_client = -> { eval("#{LINES}\n[client, metadata]") }
_, METADATA = begin_client.call

find = lambda do |request|
  id = request.cookies.find { |cookie| cookie.name == 'session' }&.value
  [id, SESSIONS[id] || {}]
end

start = lambda do |response, session|
  id = SecureRandom.hex(24)
  SESSIONS[id] = session
  response['Set-Cookie'] = "session=#{id}; Path=/; HttpOnly; Secure; SameSite=Lax"
end

redirect = lambda do |response, location|
  response.status = 303
  response['Location'] = location.to_s
end

uri = URI(ORIGIN)
certificate, *authorities = OpenSSL::X509::Certificate.load_file(ENV.fetch('TLS_CERT'))
server = WEBrick::HTTPServer.new(
  BindAddress: uri.host,
  Port: uri.port,
  SSLEnable: true,
  SSLCertificate: certificate,
  SSLExtraChainCert: authorities,
  SSLPrivateKey: OpenSSL::PKey.read(File.read(ENV.fetch('TLS_KEY')))
)

server.mount_proc('/login') do |request, response|
  session = { state: SecureRandom.hex(16), nonce: SecureRandom.hex(16) }
  start.call(response, session)
  asked = { scope: %i[profile email], **session, **request.query.transform_keys(&:to_sym) }
  if WITH_PKCE
    session[:verifier] = SecureRandom.urlsafe_base64(32)
    digest = Digest::SHA256.digest(session[:verifier])
    asked[:code_challenge] = Base64.urlsafe_encode64(digest, padding: false)
    asked[:code_challenge_method] = 'S256'
  end
  redirect.call(response, begin_client.call.first.authorization_uri(asked))
end

server.mount_proc('/callback') do |request, response|
  _, session = find.call(request)
  raise 'state did not match' unless session[:state] == request.query['state']

  client, metadata = begin_client.call
  client.authorization_code = request.query['code']
  token = client.access_token!(**{ code_verifier: session[:verifier] }.compact)
  id_token = OpenIDConnect::ResponseObject::IdToken.decode(token.id_token, metadata.jwks)
  id_token.verify!(issuer: metadata.issuer, client_id: client.identifier, nonce: session[:nonce])
  claims = token.userinfo!.raw_attributes.merge(id_token.raw_attributes)
  start.call(response, { claims: claims, id_token: token.id_token })
  redirect.call(response, '/')
end

server.mount_proc('/logout') do |request, response|
  id, session = find.call(request)
  SESSIONS.delete(id)
  query = { id_token_hint: session[:id_token], post_logout_redirect_uri: "#{ORIGIN}/" }
  redirect.call(response, "#{METADATA.end_session_endpoint}?#{URI.encode_www_form(query)}")
end

server.mount_proc('/') do |request, response|
  _, session = find.call(request)
  response.content_type = 'text/html; charset=utf-8'
  response.body =
    if session[:claims]
      "<pre id=\"claims\">#{CGI.escapeHTML(session[:claims].to_json)}</pre>"
    else
      '<p id="signed-out">Nobody is signed in.</p>'
    end
end

server.start
