; Inno Setup 6: the installer for Windows. Written and not run: there was no Windows.
;   iscc /DVersion=0.1.0 packaging\windows\nextword.iss      after `python -m bundle bundle` has made dist\nextword
#ifndef Version
  #error Name the version: iscc /DVersion=...
#endif

[Setup]
AppId={{6C0F5C0B-3E0D-4C3C-9E0B-9B7E6B1E6A55}
AppName=Nextword
AppVersion={#Version}
AppPublisher=Nextword maintainers
DefaultDirName={autopf}\Nextword
DefaultGroupName=Nextword
DisableProgramGroupPage=yes
; For all users under Program Files, where only administrators can write; a person without rights may choose otherwise
PrivilegesRequired=admin
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
LicenseFile=..\..\LICENSE
OutputDir=..\..\dist
OutputBaseFilename=Nextword-{#Version}-windows-x86_64
SetupIconFile=..\..\build\icons\nextword.ico
UninstallDisplayIcon={app}\nextword.exe
UninstallDisplayName=Nextword
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
ChangesAssociations=yes
CloseApplications=yes
RestartApplications=no
#ifdef SignTool
SignTool={#SignTool}
SignedUninstaller=yes
#endif

[Languages]
Name: "english"; MessagesFile: "compiler:Default.isl"
Name: "german"; MessagesFile: "compiler:Languages\German.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "association"; Description: "{cm:AssocFileExtension,Nextword,.gguf}"

[InstallDelete]
; Nothing of an older version may stay beside the new one
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\..\dist\nextword\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\Nextword"; Filename: "{app}\nextword.exe"
Name: "{group}\Nextword (safe mode)"; Filename: "{app}\nextword.exe"; Parameters: "--safe-mode"
Name: "{autodesktop}\Nextword"; Filename: "{app}\nextword.exe"; Tasks: desktopicon

[Registry]
; A double click adds the model to the list and does not load it
Root: HKA; Subkey: "Software\Classes\.gguf\OpenWithProgids"; ValueType: string; ValueName: "Nextword.gguf"; ValueData: ""; Flags: uninsdeletevalue; Tasks: association
Root: HKA; Subkey: "Software\Classes\Nextword.gguf"; ValueType: string; ValueData: "Language model (GGUF)"; Flags: uninsdeletekey; Tasks: association
Root: HKA; Subkey: "Software\Classes\Nextword.gguf\DefaultIcon"; ValueType: string; ValueData: "{app}\nextword.exe,0"; Tasks: association
Root: HKA; Subkey: "Software\Classes\Nextword.gguf\shell\open\command"; ValueType: string; ValueData: """{app}\nextword.exe"" --add ""%1"""; Tasks: association

[Run]
Filename: "{app}\nextword.exe"; Description: "{cm:LaunchProgram,Nextword}"; Flags: nowait postinstall skipifsilent runasoriginaluser
