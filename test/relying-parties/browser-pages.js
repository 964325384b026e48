// What an app in the browser does on each of its paths, in the browser.

const show = (claims) => {
  const element = document.createElement(claims === undefined ? 'p' : 'pre')
  element.id = claims === undefined ? 'signed-out' : 'claims'
  element.textContent = JSON.stringify(claims, null, 1) ?? 'Nobody is signed in.'
  document.body.append(element)
}

/** The claims of an ID token that the library has checked. */
export const readIdToken = (token) =>
  JSON.parse(
    new TextDecoder().decode(Uint8Array.fromBase64(token.split('.')[1], { alphabet: 'base64url' })),
  )

/** @param app `logIn(parameters)`, `finish()`, `logOut()` and `findClaims()` */
export const runPages = async ({ logIn, finish, logOut, findClaims }) => {
  const { pathname, search } = location
  try {
    if (pathname === '/login') await logIn(Object.fromEntries(new URLSearchParams(search)))
    else if (pathname === '/callback') {
      await finish()
      location.replace('/')
    } else if (pathname === '/logout') await logOut()
    else show(await findClaims())
  } catch (error) {
    document.body.append(`${error.stack ?? JSON.stringify(error)}`)
  }
}
