/**
 * For tests: a token with a ticket that a domain controller (Samba 4.22) has made in a test, and the keytab that opens it. Both the
 * domain and its keys existed for that test only.
 */

export const domainTicket = {
  principal: 'disabled-7746f1@CORP.EXAMPLE',
  sid: 'S-1-5-21-1708530452-1543683731-1894924179-1112',
  token: Buffer.from(
    [
      'YIIGKAYGKwYBBQUCoIIGHDCCBhigDTALBgkqhkiG9xIBAgKiggYFBIIGAWCCBf0GCSqGSIb3EgECAgEAboIF7DCCBeigAwIBBaEDAgEOogcDBQ',
      'AgAAAAo4IE9WGCBPEwggTtoAMCAQWhDhsMQ09SUC5FWEFNUExFohwwGqADAgEDoRMwERsESFRUUBsJbG9jYWxob3N0o4IEtjCCBLKgAwIBEqED',
      'AgEBooIEpASCBKB0Plo0mhfcONZ+m09BEjIgsr/UisjVmsqFCg9t5/cvpppLdOCyME7MqBPnjGMCC/G9MpoQAYaYxMCK4biQ00h6yhIWisTlSb',
      '+WCs9BUsTnrLXS4KPaKjdFpW1zpwtjFY5ANKg4+CPABsGGftX02ZogdOOktRTAAItZmmIJ/VA/d9j0b4Bt9UteRrNce+X9/F0Rb8AkKJm3QvbH',
      'CF+FNbn0RGfpxh2oCMYN0A4Esa0HyyaM1q4YWSOf5os8hHlw2+wR1URH/8dUJc4mhWXhB3IFYHbhiFx9FsTbcrk1caZ9XIIzsI++gw6/pNDFCq',
      'DPH8LdVg/ZWmUSxsxETHmr7A751SI98PkQXMDk8S2fBPtMXjeEo1QXlrbMYha9NnMTazVIhK/PWXhD5CYw5/C1nieH9zwhq1m9evBaN5uoRWTn',
      'cs6W1gsvCOL3vVSXAql79h3S4/R5WUsFcAxKtEUy9q/RSbHB+5V7GPuxF99MXK+GUu9mKTt8h0YBIP9bex67Wk+pgY7hHFrkEVTxPVErOI1fZV',
      'aaSjMM0uAJsWAyuVYO3vuRdaU0by1pfVa/wI2V7fm0FQieo/mhMYcHFFTL5gOYIJEofk8jCYlvxd43iPAdGjLP5nydaAvM7eZODT893cKSK173',
      'baI2EXKKRaY+adX8EszzIL/pY49c5kecuZA1Qlks1YhgNndUeya1Gprg7Vc+QGlibEm/tM4M+4zx1R52IEuOeOfsgLMs+7U8wSRjcPkH6jBGHk',
      'IlnraOIrck7dUZVY0KtWoWfOh2a9pLzw73jej9aJYvCD0S0q/PyPFjgsvywH5kcIxflrH9/MqqRbtH9Rb7L3TjUnfOzBd6dd0+NiDIxxG+wVty',
      'beqk1b27iyYxHMzUeJwCDleHJa+uS+2wPVqaOFDCp6Qr9rTfbWpPNhcRVqyqQMjiaRMvsEOObRA1g5Y4kAKT9iJBpOl0tGp0fo0Shmq19u5mox',
      '8C9LrntQhkwrCOnxBVXnjUka9tx0EkPvKHHCbCl1P++qEQ8eYMoDQ0nw2gNpZeiQWMjk/2yLhbl9c9V1nTwVZio2zV+vL7cEb0Ws4r93xX56bW',
      'sfEX8OyqTaWF/Re4WEgW6QrGaar5ZZ1X2pQO/oTvP5i34MWf7fArYpmFO13djCoAct8N9qW//YG3ib7CPdBlLECWi0fNpVbcqwro5MM/RMeCr1',
      'NYv2AbDY/7Bs+VAa5aDPu4GQG28/eKVXkrvN1/cuYsjwThSAHePZ3Fx+IP6DV01go9Ask8ZLJAngH6f1ay+FEYX/G9KwT6vbQaWjbsHvISXb8q',
      'yLPczSEBW8uQ43Bse1nDvsORAt4PS3PHv3GiQlhsyUdY0GWFndLEl4/3vhBJLms75JWptb4K0DyaF/qG8Yzu2F8mjgpVuivE6gqUvE0hrSWnjA',
      'K0k+qDo7qxZJQxs4gWcbvjw0HySynYRli6Ot5dYK2e50jIVsaG7Bwcblhn2lrPqGhtsB2nS1mBeb6f9/HY+eT4exsY9gTBVRTQIBwX1rOaGLTA',
      'KYStu2rVquldDzp3pOwMkw2B9f4LoSW1KQ8E6wI1P/M25A107kOKYqSB2TCB1qADAgESooHOBIHLi3kvqzq1PbzIKCWkouuAE3+lyycCGfiBBQ',
      'jJp2k88m4eqNxHHeC1PiFhxle42BoMwyAXnazNDK3051n6Gk974AS1f3rtByYxyf2UiAm1bWclp7x7e5McgBd589pmNREQNl8efM9FzZm5RkzF',
      'CxYZnHNcd6F6gIPWtwJ/egSYNzqkp5EPWcIv10gcu5q+6oXDX8BbMF09sfeQNAltPFhbTYDIazJ4/EaT/TFU9acFhOSNIpbjYnNM9ggUwKbtih',
      'gIWsz/mXn5SqnrH3Y=',
    ].join(''),
    'base64',
  ),
  keytab: Buffer.from(
    [
      'BQIAAABWAAIADENPUlAuRVhBTVBMRQAESFRUUAAJbG9jYWxob3N0AAAAAWsRfJ4BABIAIA5alrudyOBfEfD7Tq2lfMimkCdTiXHjMZZq1kk02P',
      'skAAAAAQAAAAAAAABGAAIADENPUlAuRVhBTVBMRQAESFRUUAAJbG9jYWxob3N0AAAAAWsRfJ4BABEAEEfzmRy2CoNoqLCNyEtLTYEAAAABAAAA',
      'AA==',
    ].join(''),
    'base64',
  ),
} as const
