/** Exchange trusts this login directly: `/adfs/ls/` answers like AD FS. */
import type { Plan, PlanInput } from '../plan.ts'
import { comment, quote, quoteList } from '../power-shell.ts'
import { follow, listAudiences, protectionWarning, sources } from '../sources.ts'

/** Parameters that both Set-OwaVirtualDirectory and Set-EcpVirtualDirectory have. */
const otherMethods = [
  'BasicAuthentication',
  'DigestAuthentication',
  'FormsAuthentication',
  'WindowsAuthentication',
]

/** Not every version has it. Where it is, it has to be off like the others. */
const oauth = 'OAuthAuthentication'

/** The parameter takes a list. The name of the property in the answer differs between versions of Exchange. */
const read = ['AdfsSignCertificateThumbprint', 'AdfsSignCertificateThumbprints']

export function planDirect(input: PlanInput): Plan {
  // Without the app, this login refuses the requests of Exchange, after the script has turned off every other login.
  if (!input.hasApp) return planApp(input)
  return {
    files: [
      { name: 'apply.ps1', content: writeApply(input) },
      { name: 'rollback.ps1', content: writeRollback() },
    ],
    steps: [
      'On every Exchange server: copy both files there, open the Exchange Management Shell as an administrator.',
      `On one of them run  .\\apply.ps1 , on each other one  .\\apply.ps1 -ThisServerOnly . ${follow(sources.claims)}`,
      `Open ${input.mailOrigin}/owa/ in a new window of a browser and log in. Keep the shell open meanwhile.`,
      'If it does not work: .\\rollback.ps1 on the same servers, with the same switch.',
    ],
    sources: [sources.claims, sources.directories, sources.protection],
    warnings: [
      protectionWarning,
      'This route was not tried on a real Exchange server yet. Try it on a test server first.',
      'It replaces every other way into Outlook on the web and its settings. Other mail programs are not changed by it: see owa leaks.',
    ],
  }
}

function planApp({ mailOrigin }: PlanInput): Plan {
  return {
    files: [],
    sources: [],
    steps: [
      `Here: einlass app add owa --template owa --url ${mailOrigin}`,
      `Then again: einlass owa plan --mail ${mailOrigin} --route direct`,
    ],
    warnings: ['No script was written: without the app everybody would be locked out.'],
  }
}

const stateFile = "$State = (Join-Path $PSScriptRoot 'einlass-owa-state.xml')"

const onlyInExchange = `if (-not (Get-Command Get-OrganizationConfig -ErrorAction SilentlyContinue)) {
  throw 'Run this in the Exchange Management Shell.'
}`

/** The beginning of both scripts. */
const begin = `#Requires -Version 5.1
#Requires -RunAsAdministrator
param(
  [switch]$ThisServerOnly,
  [string]${stateFile}
)
$ErrorActionPreference = 'Stop'
${onlyInExchange}`

/** Settings that a command has only in some versions of Exchange, for splatting. */
const findOptional = `function Find-Optional($Command, $Value) {
  if ((Get-Command $Command).Parameters.ContainsKey('${oauth}') -and $null -ne $Value) { return @{ ${oauth} = [bool]$Value } }
  return @{}
}`

/** The certificates that this server trusts. */
const openRoots = `$roots = [Security.Cryptography.X509Certificates.X509Store]::new('Root', 'LocalMachine')
$roots.Open('ReadWrite')`

const restartWeb = `# Running sessions of Outlook on the web end here. ${follow(sources.claims)}
Restart-Service -Name W3SVC, WAS -Force`

function writeApply({ mailOrigin, publicUrl, certificates }: PlanInput): string {
  const off = otherMethods.map((name) => `-${name} $false`).join(' ')
  return `${comment(
    `Makes Outlook on the web at ${mailOrigin} use the login at ${publicUrl}.`,
    'What was set before is written to a file beside this script, for rollback.ps1. A second run keeps the first file.',
  )}
${begin}
${findOptional}

# The certificate that signs the logins, and the next one where it is known already.
$certificates = @(
${certificates.map(({ base64 }) => `  ${quote(base64)}`).join(',\n')}
) | ForEach-Object {
  [Security.Cryptography.X509Certificates.X509Certificate2]::new([Convert]::FromBase64String($_))
}
$thumbprints = @(${quoteList(certificates.map(({ sha1 }) => sha1))})
if (Compare-Object $thumbprints @($certificates.Thumbprint)) { throw 'A certificate is damaged.' }
${openRoots}
$new = @($certificates | Where-Object {
  $roots.Certificates.Find('FindByThumbprint', $_.Thumbprint, $false).Count -eq 0
})

$owa = @(Get-OwaVirtualDirectory -Server $env:COMPUTERNAME)
$ecp = @(Get-EcpVirtualDirectory -Server $env:COMPUTERNAME)
if (-not (Test-Path $State)) {
  @{
    ThisServerOnly = [bool]$ThisServerOnly
    Thumbprints    = @($new.Thumbprint)
    Organization   = Get-OrganizationConfig | Select-Object AdfsIssuer, AdfsAudienceUris, ${read.join(', ')}
    Owa            = @($owa | Select-Object Identity, AdfsAuthentication, ${[...otherMethods, oauth].join(', ')})
    Ecp            = @($ecp | Select-Object Identity, AdfsAuthentication, ${[...otherMethods, oauth].join(', ')})
  } | Export-Clixml -Path $State -Depth 4
} else {
  # A certificate that came later is taken back too. What was set before stays as the first run found it.
  $before = Import-Clixml -Path $State
  $before.Thumbprints = @(@($before.Thumbprints) + @($new.Thumbprint) | Where-Object { $_ } | Select-Object -Unique)
  $before | Export-Clixml -Path $State -Depth 4
}

${comment(`Among the roots that this server trusts. ${follow(sources.claims)}`)}
$new | ForEach-Object { $roots.Add($_) }
$roots.Close()

${comment(`Exchange sends its address with and without the last slash, so both are audiences. ${follow(sources.claims)}`)}
if (-not $ThisServerOnly) {
  Set-OrganizationConfig \`
    -AdfsIssuer ${quote(`${publicUrl}/adfs/ls/`)} \`
    -AdfsAudienceUris ${quoteList(listAudiences(mailOrigin))} \`
    -AdfsSignCertificateThumbprints $thumbprints
}

${comment(`The settings have to know of it before Outlook on the web does. ${follow(sources.claims, sources.directories)}`)}
$ecpOff = Find-Optional Set-EcpVirtualDirectory $false
$owaOff = Find-Optional Set-OwaVirtualDirectory $false
$ecp | ForEach-Object { Set-EcpVirtualDirectory -Identity $_.Identity -AdfsAuthentication $true ${off} @ecpOff }
$owa | ForEach-Object { Set-OwaVirtualDirectory -Identity $_.Identity -AdfsAuthentication $true ${off} @owaOff }

${restartWeb}
Write-Host ${quote(`Done. Open ${mailOrigin}/owa/ in a new browser window.`)}
`
}

function writeRollback(): string {
  const back = ['AdfsAuthentication', ...otherMethods]
    .map((name) => `-${name} $_.${name}`)
    .join(' ')
  return `${comment('Sets on this server what was set before apply.ps1, from the file that it wrote.')}
${begin}
if (-not (Test-Path $State)) { throw "$State is missing: apply.ps1 was not run here." }
$before = Import-Clixml -Path $State
${findOptional}

$before.Owa | ForEach-Object {
  $more = Find-Optional Set-OwaVirtualDirectory $_.${oauth}
  Set-OwaVirtualDirectory -Identity "$($_.Identity)" ${back} @more
}
$before.Ecp | ForEach-Object {
  $more = Find-Optional Set-EcpVirtualDirectory $_.${oauth}
  Set-EcpVirtualDirectory -Identity "$($_.Identity)" ${back} @more
}

if (-not $ThisServerOnly) {
  # What was empty before has to be emptied.
  $issuer = if ($before.Organization.AdfsIssuer) { "$($before.Organization.AdfsIssuer)" } else { $null }
  $audiences = @($before.Organization.AdfsAudienceUris | ForEach-Object { "$_" })
  $thumbprints = @(@(${read.map((name) => `$before.Organization.${name}`).join(', ')}) | ForEach-Object { $_ } | Where-Object { $_ } |
    ForEach-Object { "$_" } | Select-Object -Unique)
  Set-OrganizationConfig -AdfsIssuer $issuer -AdfsAudienceUris $audiences -AdfsSignCertificateThumbprints $thumbprints
}

${openRoots}
$before.Thumbprints | Where-Object { $_ } | ForEach-Object {
  $roots.Certificates.Find('FindByThumbprint', $_, $false) | ForEach-Object { $roots.Remove($_) }
}
$roots.Close()

${restartWeb}
Remove-Item -Path $State
Write-Host 'Done. Everything is set as it was before.'
`
}
