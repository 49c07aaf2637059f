#!/bin/sh
# Makes Nextword.app and a .dmg on a Mac. Written and not run: there was no Mac.
#   NEXTWORD_IDENTITY   "Developer ID Application: ..." to sign with; without it the app is signed for this Mac alone
#   NEXTWORD_NOTARY     profile of `xcrun notarytool store-credentials` to have the image notarised with
set -eu
cd "$(dirname "$0")/../.."

python=${PYTHON:-.venv/bin/python}
version=$("$python" -c 'import sys; sys.path.insert(0, "packaging"); from bundle.places import version; print(version())')
identity=${NEXTWORD_IDENTITY:--}
app=dist/Nextword.app
image=dist/Nextword-$version-$(uname -m).dmg

(cd packaging && "../$python" -m bundle bundle)

# From the inside out: libraries, then programs, then the app
find "$app" -type f \( -name '*.dylib' -o -name '*.so' \) -print0 |
    xargs -0 codesign --force --timestamp --options runtime --sign "$identity"
for program in nextword-pdf nextword-engine nextword; do
    codesign --force --timestamp --options runtime --entitlements packaging/macos/entitlements.plist \
        --sign "$identity" "$app/Contents/MacOS/$program"
done
codesign --force --timestamp --options runtime --entitlements packaging/macos/entitlements.plist \
    --sign "$identity" "$app"
codesign --verify --deep --strict "$app"
"$app/Contents/MacOS/nextword" --self-test --profile "$(mktemp -d)"

folder=build/dmg
rm -rf "$folder" "$image"
mkdir -p "$folder"
cp -R "$app" "$folder/"
ln -s /Applications "$folder/Applications"
hdiutil create -volname Nextword -srcfolder "$folder" -format UDZO -ov "$image"
if [ -n "${NEXTWORD_NOTARY:-}" ]; then
    xcrun notarytool submit "$image" --keychain-profile "$NEXTWORD_NOTARY" --wait
    xcrun stapler staple "$image"
fi
shasum -a 256 "$image" >"$image.sha256"
echo "$image"
