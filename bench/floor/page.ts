// The smallest login page that still looks like one: everything inline, no further request.

export const floorPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f4f5f7; color: #14171c }
main { width: min(24rem, 100vw - 2rem); padding: 2rem; box-sizing: border-box; background: #fff; border-radius: .75rem }
h1 { margin: 0 0 1.5rem; font-size: 1.5rem }
label { display: block; margin: 0 0 .25rem; font-weight: 600 }
input { width: 100%; box-sizing: border-box; margin: 0 0 1rem; padding: .625rem; font: inherit; border: 1px solid #767d8a; border-radius: .375rem }
button { width: 100%; padding: .75rem; font: inherit; font-weight: 600; color: #fff; background: #1f4fd1; border: 0; border-radius: .375rem }
:focus-visible { outline: 3px solid #1f4fd1; outline-offset: 2px }
</style>
</head>
<body>
<main>
<h1>Sign in</h1>
<form method="post" action="/login">
<label for="username">Username</label>
<input id="username" name="username" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>
</main>
</body>
</html>
`
