/** Exchange still trusts AD FS, and AD FS uses this login as a claims provider (SAML). */
import type { Plan, PlanInput } from '../plan.ts'
import { comment, quote } from '../power-shell.ts'
import { follow, protectionWarning, sources } from '../sources.ts'

const claim = {
  upn: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn',
  sid: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/primarysid',
  account: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname',
} as const

const trustName = 'Einlass'

export function planAdfs(input: PlanInput): Plan {
  const trusted = 'https://ADFS-HOST/federationmetadata/2007-06/federationmetadata.xml'
  return {
    files: [
      { name: 'apply.ps1', content: writeApply(input) },
      { name: 'rollback.ps1', content: writeRollback() },
    ],
    steps: [
      `Here: einlass app add adfs --protocol saml --metadata ${trusted} --attribute ${claim.upn}=attribute:upn --attribute ${claim.account}=attribute:windowsAccountName`,
      `On the AD FS server, in a PowerShell of an administrator: .\\apply.ps1 ${follow(sources.provider, sources.claims)}`,
      `Open ${input.mailOrigin}/owa/ in a new browser window and choose ${trustName} where AD FS asks.`,
      'If it works: .\\apply.ps1 -Only makes it the only way into Outlook on the web.',
      'Back again: .\\rollback.ps1',
    ],
    sources: [sources.provider, sources.claims, sources.protection],
    warnings: [
      protectionWarning,
      'These scripts were not run on a real AD FS server yet.',
      'Each user needs the attributes upn (user@domain) and windowsAccountName (DOMAIN\\user): AD FS finds the SID by the second.',
    ],
  }
}

/** In the claim rule language. AD FS looks up the SID, so that no provider can claim the SID of another account. */
const acceptanceRules = `@RuleName = "UPN"
c:[Type == "${claim.upn}"] => issue(claim = c);
@RuleName = "Windows account name"
c:[Type == "${claim.account}"] => issue(claim = c);`

const issuanceRules = `@RuleName = "UPN"
c:[Type == "${claim.upn}"] => issue(claim = c);
@RuleName = "SID of accounts of this domain"
c:[Type == "${claim.sid}", Issuer == "AD AUTHORITY"] => issue(claim = c);
@RuleName = "SID by Windows account name"
c:[Type == "${claim.account}", Issuer != "AD AUTHORITY"]
 => issue(store = "Active Directory", types = ("${claim.sid}"), query = ";objectSID;{0}", param = c.Value);`

const setUp = `$ErrorActionPreference = 'Stop'
Import-Module ADFS
$name = ${quote(trustName)}
$state = Join-Path $PSScriptRoot 'einlass-adfs-state.xml'`

function writeApply({ mailOrigin, publicUrl }: PlanInput): string {
  return `${comment(
    `Makes the login at ${publicUrl} a claims provider of AD FS, and Outlook on the web at ${mailOrigin} a relying party.`,
    'What was set before is written to a file beside this script, for rollback.ps1. A second run keeps the first file.',
  )}
#Requires -Version 5.1
#Requires -RunAsAdministrator
param([switch]$Only)
${setUp}

$acceptance = @'
${acceptanceRules}
'@
$issuance = @'
${issuanceRules}
'@
$parties = @(
  @{ Name = 'Outlook on the web'; Address = ${quote(`${mailOrigin}/owa/`)} },
  @{ Name = 'Exchange admin center'; Address = ${quote(`${mailOrigin}/ecp/`)} }
)

if (-not (Test-Path $state)) {
  @{
    Provider = [bool](Get-AdfsClaimsProviderTrust -Name $name)
    Parties  = @($parties | ForEach-Object {
      $party = Get-AdfsRelyingPartyTrust -Identifier $_.Address
      @{ Address = $_.Address; Existed = [bool]$party; Rules = $party.IssuanceTransformRules; Providers = @($party.ClaimsProviderName) }
    })
  } | Export-Clixml -Path $state -Depth 4
}

if (-not (Get-AdfsClaimsProviderTrust -Name $name)) {
  Add-AdfsClaimsProviderTrust -Name $name -MetadataUrl ${quote(`${publicUrl}/saml/metadata`)} \`
    -AutoUpdateEnabled $true -MonitoringEnabled $true
}
Set-AdfsClaimsProviderTrust -TargetName $name -AcceptanceTransformRules $acceptance -AnchorClaimType ${quote(claim.upn)}

foreach ($party in $parties) {
  if (-not (Get-AdfsRelyingPartyTrust -Identifier $party.Address)) {
    # Exchange sends its address with and without the last slash.
    Add-AdfsRelyingPartyTrust -Name $party.Name -Identifier $party.Address, $party.Address.TrimEnd('/') -WSFedEndpoint $party.Address \`
      -AccessControlPolicyName 'Permit everyone'
  }
  Set-AdfsRelyingPartyTrust -TargetIdentifier $party.Address -IssuanceTransformRules $issuance
  if ($Only) { Set-AdfsRelyingPartyTrust -TargetIdentifier $party.Address -ClaimsProviderName @($name) }
}
Write-Host ${quote(`Done. Open ${mailOrigin}/owa/ in a new browser window.`)}
`
}

function writeRollback(): string {
  return `${comment('Sets in AD FS what was set before apply.ps1, from the file that it wrote.')}
#Requires -Version 5.1
#Requires -RunAsAdministrator
${setUp}
if (-not (Test-Path $state)) { throw "$state is missing: apply.ps1 was not run here." }
$before = Import-Clixml -Path $state

foreach ($party in $before.Parties) {
  if (-not $party.Existed) {
    Remove-AdfsRelyingPartyTrust -TargetIdentifier $party.Address
    continue
  }
  Set-AdfsRelyingPartyTrust -TargetIdentifier $party.Address \`
    -IssuanceTransformRules $party.Rules -ClaimsProviderName @($party.Providers)
}
if (-not $before.Provider) { Remove-AdfsClaimsProviderTrust -TargetName $name }
Remove-Item -Path $state
Write-Host 'Done. Everything is set as it was before.'
`
}
