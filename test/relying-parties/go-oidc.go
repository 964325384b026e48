// An app by coreos/go-oidc and golang.org/x/oauth2, with sessions in memory.
package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/coreos/go-oidc"
	"golang.org/x/oauth2"
)

type session struct {
	state, nonce, verifier, idToken string
	claims                map[string]interface{}
}

var (
	origin   = os.Getenv("ORIGIN")
	sessions sync.Map
)

func random() string {
	bytes := make([]byte, 24)
	if _, err := rand.Read(bytes); err != nil {
		log.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func find(r *http.Request) (string, *session) {
	cookie, err := r.Cookie("session")
	if err != nil {
		return "", &session{}
	}
	found, ok := sessions.Load(cookie.Value)
	if !ok {
		return cookie.Value, &session{}
	}
	return cookie.Value, found.(*session)
}

func begin(w http.ResponseWriter, made *session) {
	id := random()
	sessions.Store(id, made)
	cookie := &http.Cookie{Name: "session", Value: id, Path: "/", HttpOnly: true, Secure: true}
	cookie.SameSite = http.SameSiteLaxMode
	http.SetCookie(w, cookie)
}

func hasPkceLines() bool {
	lines, err := os.ReadFile(os.Getenv("PKCE_LINES"))
	return err == nil && len(lines) > 0
}

func main() {
	withPkce := hasPkceLines()
	ctx := context.Background()
	// The lines.
	if err != nil {
		log.Fatal(err)
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: config.ClientID})
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&metadata); err != nil {
		log.Fatal(err)
	}

	http.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		made := &session{state: random(), nonce: random(), verifier: oauth2.GenerateVerifier()}
		begin(w, made)
		options := []oauth2.AuthCodeOption{oidc.Nonce(made.nonce)}
		if withPkce {
			options = append(options, oauth2.S256ChallengeOption(made.verifier))
		}
		for name, values := range r.URL.Query() {
			options = append(options, oauth2.SetAuthURLParam(name, values[0]))
		}
		http.Redirect(w, r, config.AuthCodeURL(made.state, options...), http.StatusFound)
	})
	http.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		_, asked := find(r)
		query := r.URL.Query()
		if asked.state == "" || query.Get("state") != asked.state {
			http.Error(w, "state did not match", http.StatusBadRequest)
			return
		}
		proof := []oauth2.AuthCodeOption{}
		if withPkce {
			proof = append(proof, oauth2.VerifierOption(asked.verifier))
		}
		token, err := config.Exchange(ctx, query.Get("code"), proof...)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		raw, _ := token.Extra("id_token").(string)
		idToken, err := verifier.Verify(ctx, raw)
		if err != nil || idToken.Nonce != asked.nonce {
			http.Error(w, fmt.Sprint("ID token: ", err), http.StatusInternalServerError)
			return
		}
		made := &session{idToken: raw, claims: map[string]interface{}{}}
		if err := idToken.Claims(&made.claims); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		begin(w, made)
		http.Redirect(w, r, "/", http.StatusFound)
	})
	http.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		id, ended := find(r)
		sessions.Delete(id)
		query := url.Values{
			"id_token_hint":            {ended.idToken},
			"post_logout_redirect_uri": {origin + "/"},
		}
		http.Redirect(w, r, metadata.EndSession+"?"+query.Encode(), http.StatusFound)
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, found := find(r)
		if found.claims == nil {
			fmt.Fprint(w, `<p id="signed-out">Nobody is signed in.</p>`)
			return
		}
		text, _ := json.Marshal(found.claims)
		fmt.Fprintf(w, `<pre id="claims">%s</pre>`, html.EscapeString(string(text)))
	})
	address := strings.TrimPrefix(origin, "https://")
	log.Fatal(http.ListenAndServeTLS(address, os.Getenv("TLS_CERT"), os.Getenv("TLS_KEY"), nil))
}
