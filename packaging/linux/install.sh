#!/bin/sh
# Installs Nextword for one user, or takes it away again. Needs no root and changes nothing outside the home folder.
#   ./install.sh               copies this folder to ~/.local/opt/nextword and adds it to the menu
#   ./install.sh --uninstall   removes both; conversations and models stay in ~/.local/share/nextword
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
data=${XDG_DATA_HOME:-"$HOME/.local/share"}
target=$HOME/.local/opt/nextword
programs=$HOME/.local/bin
id=org.nextword.Nextword

refresh() {
    if command -v update-desktop-database >/dev/null; then update-desktop-database -q "$data/applications" || true; fi
    if command -v update-mime-database >/dev/null && [ -d "$data/mime" ]; then
        update-mime-database "$data/mime" 2>/dev/null || true
    fi
    if command -v gtk-update-icon-cache >/dev/null; then
        gtk-update-icon-cache -q -t "$data/icons/hicolor" 2>/dev/null || true
    fi
}

remove() {
    if [ -e "$target" ] && [ ! -x "$target/nextword-engine" ]; then
        echo "$target is not an installation of Nextword; it stays." >&2
        exit 1
    fi
    if [ "$(readlink "$programs/nextword" 2>/dev/null || true)" = "$target/nextword" ]; then
        rm -f "$programs/nextword"
    fi
    rm -f "$data/applications/$id.desktop" "$data/mime/packages/$id.xml" "$data/metainfo/$id.metainfo.xml"
    rm -f "$data/man/man1/nextword.1.gz" "$data/bash-completion/completions/nextword"
    find "$data/icons/hicolor" -name "$id.*" -type f -delete 2>/dev/null || true
    rm -rf "$target"
}

case ${1:-} in
    --uninstall)
        remove
        refresh
        echo "Nextword is removed. Your conversations and models are still in $data/nextword."
        exit 0
        ;;
    "") ;;
    *)
        echo "usage: install.sh [--uninstall]" >&2
        exit 2
        ;;
esac

if [ "$here" = "$target" ]; then
    echo "Nextword is installed here already: $target" >&2
    exit 1
fi
remove
mkdir -p "$target" "$programs" "$data/applications" "$data/mime/packages" "$data/metainfo" "$data/man/man1"
mkdir -p "$data/icons/hicolor" "$data/bash-completion/completions"
# Everything but what belongs to a portable copy: its profile and the mark that it is one
(cd "$here" && tar --create --exclude=./profile --exclude=./portable.txt --exclude=./share --file=- .) |
    tar --extract --file=- --directory="$target"
mkdir -p "$target/share"
cp -R "$here/share/." "$target/share/"
ln -sf "$target/nextword" "$programs/nextword"
# A menu needs the full path, in quotes and with its signs marked twice, as the rules of menu entries have it
quoted=$(printf '%s' "$target/nextword" | sed 's/[`$"]/\\\\&/g; s/%/%%/g')
while IFS= read -r line; do
    case $line in
        Exec=nextword*) printf 'Exec="%s"%s\n' "$quoted" "${line#Exec=nextword}" ;;
        TryExec=*) printf 'TryExec=%s\n' "$target/nextword" ;;
        *) printf '%s\n' "$line" ;;
    esac
done <"$here/share/applications/$id.desktop" >"$data/applications/$id.desktop"
cp "$here/share/mime/packages/$id.xml" "$data/mime/packages/"
cp "$here/share/metainfo/$id.metainfo.xml" "$data/metainfo/"
cp "$here/share/man/man1/nextword.1.gz" "$data/man/man1/"
cp "$here/share/bash-completion/completions/nextword" "$data/bash-completion/completions/"
cp -R "$here/share/icons/hicolor/." "$data/icons/hicolor/"
refresh
echo "Nextword is installed in $target and is in the menu of your desktop."
case :$PATH: in
    *:"$programs":*) echo "In a terminal: nextword" ;;
    *) echo "In a terminal: $programs/nextword" ;;
esac
