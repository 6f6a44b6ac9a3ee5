#!/bin/sh
# Installs TicketLens, or removes it again. Nothing is built, and nothing needs root.
#
#   sh install.sh --from FOLDER_OR_URL
#
# `sh install.sh --help` has the options. Each file is checked against SHA256SUMS, which lies beside
# it, before it is unpacked; the program is run once before anything is put in its place.

# The address of the releases, ending in /releases. Empty until there is one (RELEASING.md).
RELEASES=''

set -eu

usage() {
    cat <<'END'
Installs the ticketlens program, its engine (an embedded ClickHouse), manual pages and completions.

  sh install.sh [options]

  --from FROM        a folder or a URL that holds the files of a release
  --version VERSION  this version; without it, the one that is there
  --to DIR           install below this folder, in bin and share; default ~/.local
  --without-engine   leave the engine out (180 MB to download, 566 MB on disk); only
                     `ticketlens dev` needs it
  --uninstall        remove what was installed below --to, and nothing else
  --help             this text

From the environment, where the option is not given: TICKETLENS_INSTALL_FROM,
TICKETLENS_INSTALL_VERSION, TICKETLENS_INSTALL_TO, TICKETLENS_INSTALL_WITHOUT_ENGINE=1.
END
}

say() { printf '%s\n' "$*"; }
fail() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

main() {
    from=${TICKETLENS_INSTALL_FROM:-}
    version=${TICKETLENS_INSTALL_VERSION:-}
    to=${TICKETLENS_INSTALL_TO:-}
    with_engine=yes
    if [ "${TICKETLENS_INSTALL_WITHOUT_ENGINE:-}" = 1 ]; then with_engine=no; fi
    action=install
    while [ $# -gt 0 ]; do
        case $1 in
            --from | --version | --to)
                [ $# -ge 2 ] || fail "$1 needs a value"
                case $1 in
                    --from) from=$2 ;;
                    --version) version=$2 ;;
                    --to) to=$2 ;;
                esac
                shift
                ;;
            --without-engine) with_engine=no ;;
            --uninstall) action=uninstall ;;
            --help | -h) action=usage ;;
            *) fail "unknown option $1; --help lists them" ;;
        esac
        shift
    done
    version=${version#v}
    if [ "$action" != usage ]; then find_folder; fi
    "$action"
}

# The folder to install below, as an absolute path.
find_folder() {
    if [ -z "$to" ]; then
        [ -n "${HOME:-}" ] || fail 'HOME is not set: use --to DIR'
        to=$HOME/.local
    fi
    case $to in
        /*) ;;
        *) to=$PWD/$to ;;
    esac
    to=${to%/}
    ours=$to/share/ticketlens
    # What was installed: files, and folders (ending in /) that were not there before.
    list=$ours/installed
}

install() {
    find_platform
    find_release
    find_tools
    trap 'leave' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    trap 'exit 141' PIPE
    # Below the folder itself, so that putting a file in its place is one step.
    made_to=no
    if [ ! -d "$to" ]; then made_to=yes; fi
    mkdir -p "$to"
    work=$(mktemp -d "$to/.ticketlens-install.XXXXXX")
    fetch SHA256SUMS
    choose_program
    unpack "$program"
    tree=$work/${program%.tar.gz}
    said=$("$tree/bin/ticketlens" --version 2>&1) ||
        fail "the program does not run on this machine: $(printf '%s\n' "$said" | head -n 1)"
    engine=$(printf '%s\n' "$said" | sed -n 's/^engine: //p')
    get_engine
    put_in_place
    tell
}

# Rust's name of this platform.
find_platform() {
    os=$(uname -s)
    arch=$(uname -m)
    # A shell that macOS translates takes the machine for an Intel one.
    if [ "$os" = Darwin ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || true)" = 1 ]; then
        arch=arm64
    fi
    case $arch in
        x86_64 | amd64) arch=x86_64 ;;
        aarch64 | arm64) arch=aarch64 ;;
    esac
    case $os-$arch in
        Linux-x86_64 | Linux-aarch64) triple=$arch-unknown-linux-gnu ;;
        Darwin-x86_64 | Darwin-aarch64) triple=$arch-apple-darwin ;;
        *) fail "there is no ticketlens for $os on $arch; README.md says how to build it" ;;
    esac
    if [ "$os" = Linux ] && has ldd && ldd --version 2>&1 | grep -qi musl; then
        fail 'this system has musl; ticketlens needs glibc, because its engine does'
    fi
}

# Where the release's files are.
find_release() {
    if [ -z "$from" ]; then
        [ -n "$RELEASES" ] ||
            fail 'releases have no address yet: use --from with the folder or URL that holds one' \
                '(from a checkout: cargo xtask dist, then --from ./dist)'
        from=$RELEASES/latest/download
        if [ -n "$version" ]; then from=$RELEASES/download/v$version; fi
    fi
    from=${from%/}
    case $from in
        https://* | http://127.0.0.1[:/]* | http://localhost[:/]*) ;;
        http://*) say "warning: $from is not encrypted: whoever is in between can change it" >&2 ;;
        *) [ -d "$from" ] || fail "$from is no folder" ;;
    esac
}

# What is needed beside a shell; some small systems lack one of them.
find_tools() {
    for tool in cut find gzip mktemp sed sort tar; do
        has "$tool" || fail "$tool is needed, and is not here"
    done
    sum_with=
    for tool in openssl shasum sha256sum; do
        if has "$tool"; then sum_with=$tool; fi
    done
    [ -n "$sum_with" ] || fail 'one of sha256sum, shasum and openssl is needed, and none is here'
}

# Gets a file of the release into the work folder.
fetch() {
    case $from in
        http://* | https://*) download "$from/$1" "$work/$1" || fail "could not get $from/$1" ;;
        *)
            [ -f "$from/$1" ] || fail "there is no $1 in $from"
            cp "$from/$1" "$work/$1"
            ;;
    esac
}

download() {
    if has curl; then
        quiet=--silent
        if [ -t 2 ]; then quiet=--progress-bar; fi
        # Never from https to http, and not for ever.
        secure=
        case $1 in https://*) secure=--proto-redir\ =https ;; esac
        # shellcheck disable=SC2086 # two words, or none
        curl --fail --location --show-error "$quiet" --retry 2 $secure --connect-timeout 20 \
            --speed-limit 1024 --speed-time 60 --output "$2" "$1"
    elif has wget; then
        wget -q -T 60 -O "$2" "$1"
    else
        fail 'neither curl nor wget is here: install one, or give --from a folder'
    fi
}

# The program's archive for this platform: the one there is, or that of --version.
choose_program() {
    program=
    platforms=
    while read -r _ name; do
        case $name in
            ticketlens-[0-9]*-"$triple".tar.gz)
                its=${name#ticketlens-}
                its=${its%-"$triple".tar.gz}
                if [ -n "$version" ] && [ "$its" != "$version" ]; then
                    platforms="$platforms $name"
                    continue
                fi
                [ -z "$program" ] || fail "$from has several versions: choose one with --version"
                program=$name
                ;;
            ticketlens-[0-9]*.tar.gz) platforms="$platforms $name" ;;
        esac
    done <"$work/SHA256SUMS"
    [ -n "$program" ] ||
        fail "there is no ticketlens${version:+ $version} for $triple in $from; it has:${platforms:- none}"
}

# Whether the release has the file.
lists() {
    while read -r _ name; do
        if [ "$name" = "$1" ]; then return 0; fi
    done <"$work/SHA256SUMS"
    return 1
}

# Gets an archive, checks it, unpacks it in the work folder.
unpack() {
    expected=
    while read -r sum name; do
        if [ "$name" = "$1" ]; then expected=$sum; fi
    done <"$work/SHA256SUMS"
    case $expected in
        *[!0-9a-f]* | '') fail "SHA256SUMS has no sum for $1: nothing was installed" ;;
    esac
    fetch "$1"
    found=$(sum_of "$work/$1")
    [ "$found" = "$expected" ] ||
        fail "$1 is not what SHA256SUMS says ($found instead of $expected): nothing was installed"
    tar -xzf "$work/$1" -C "$work"
    rm "$work/$1"
}

sum_of() {
    case $sum_with in
        sha256sum) sha256sum <"$1" ;;
        shasum) shasum -a 256 <"$1" ;;
        openssl) openssl dgst -sha256 -r <"$1" ;;
    esac | cut -d ' ' -f 1
}

# The engine that the program wants, unless it is there.
get_engine() {
    engine_said=
    case $with_engine-$engine in
        no-*)
            engine_said="left out: \`ticketlens dev\` will fetch it with npm"
            return
            ;;
        *' '* | *-)
            engine_said='none is published for this platform'
            return
            ;;
    esac
    archive=ticketlens-engine-$engine-$triple.tar.gz
    engine_said=$engine
    kept=$(sed -n "/^share\/ticketlens\/engine\/$engine-/p" "$list" 2>/dev/null || true)
    if [ -n "$kept" ] && all_there "$kept"; then return; fi
    kept=
    if ! lists "$archive"; then
        engine_said="$from has none: \`ticketlens dev\` will fetch it with npm"
        return
    fi
    unpack "$archive"
    # Into the one tree, by renaming: it is large.
    mv "$work/${archive%.tar.gz}/share/ticketlens/engine" "$tree/share/ticketlens/"
}

# Whether each of these files is below the folder.
all_there() {
    printf '%s\n' "$1" | while read -r name; do
        [ -e "$to/$name" ] || return 1
    done
}

# Moves everything to where it belongs. The list is written first, so that what is half installed
# can be removed.
put_in_place() {
    : >"$work/before"
    if [ -f "$list" ]; then
        check_list installed
        cp "$list" "$work/before"
    fi
    refuse_foreign
    new_list | LC_ALL=C sort -u >"$work/installed"
    sed -n 's|/$||p' "$work/installed" | while read -r folder; do
        mkdir -p "$to/$folder"
    done
    cp "$work/installed" "$list"
    (cd "$tree" && find . ! -type d) | while read -r file; do
        mv -f "$tree/$file" "$to/$file"
    done
    remove_what_is_no_more
}

# What others put there stays: it would be gone with --uninstall.
refuse_foreign() {
    (cd "$tree" && find . ! -type d) | sed 's|^\./||' | while read -r file; do
        if [ -e "$to/$file" ] || [ -L "$to/$file" ]; then
            grep -qxF "$file" "$work/before" ||
                fail "$to/$file is there, and was not installed by this: move it away; nothing was installed"
        fi
    done
}

new_list() {
    sed -n '/\/$/p' "$work/before"
    if [ "$made_to" = yes ]; then say ./; fi
    (cd "$tree" && find . -type d) | sed 's|^\./||' | while read -r folder; do
        if [ ! -d "$to/$folder" ]; then say "$folder/"; fi
    done
    (cd "$tree" && find . ! -type d) | sed 's|^\./||'
    say share/ticketlens/installed
    if [ -n "${kept:-}" ]; then say "$kept"; fi
}

# What the version before had and this one has not: its engine, above all.
remove_what_is_no_more() {
    while read -r old; do
        case $old in */) continue ;; esac
        stays=no
        while read -r new; do
            if [ "$new" = "$old" ]; then stays=yes; fi
        done <"$work/installed"
        if [ "$stays" = no ]; then rm -f "$to/$old"; fi
    done <"$work/before"
    LC_ALL=C sort -r "$work/before" | sed -n 's|/$||p' | while read -r folder; do
        # Only an empty one goes.
        if [ "$folder" != . ]; then rmdir "$to/$folder" 2>/dev/null || true; fi
    done
}

# At every end: nothing but what was installed stays.
leave() {
    if [ -n "${work:-}" ]; then rm -rf "$work"; fi
    if [ "${made_to:-no}" = yes ]; then rmdir "$to" 2>/dev/null || true; fi
}

tell() {
    again=
    if [ "$to" != "${HOME:-}/.local" ]; then again=" --to '$to'"; fi
    say "installed $(printf '%s\n' "$said" | head -n 1) below $to"
    say "  program  $to/bin/ticketlens"
    say "  engine   $engine_said"
    say "  pages    man ticketlens; completions for bash, fish and zsh, in $to/share"
    case :$PATH: in
        *:"$to/bin":*)
            first=$(command -v ticketlens || true)
            if [ "$first" != "$to/bin/ticketlens" ]; then say "  note     your shell runs $first instead"; fi
            start=ticketlens
            ;;
        *)
            say "  note     $to/bin is not in your PATH; for this shell and in its profile:"
            say "           export PATH=\"$to/bin:\$PATH\""
            start=$to/bin/ticketlens
            ;;
    esac
    say "start:   $start dev --demo 200"
    say "remove:  sh '$ours/install.sh' --uninstall$again"
}

# Whether all that the list names is below the folder; $1 says what was not done yet.
check_list() {
    while read -r name; do
        case /$name in
            / | //* | */../* | */..) fail "$list is damaged ($name): nothing was $1" ;;
        esac
    done <"$list"
}

uninstall() {
    [ -f "$list" ] || fail "nothing is installed below $to ($list is not there); --to names another folder"
    # Backwards: what is in a folder comes before the folder.
    names=$(LC_ALL=C sort -r "$list")
    check_list removed
    printf '%s\n' "$names" | while read -r name; do
        case $name in
            ./) rmdir "$to" 2>/dev/null || true ;;
            */) rmdir "$to/$name" 2>/dev/null || true ;;
            *) rm -f "$to/$name" ;;
        esac
    done
    say "removed ticketlens from $to"
    say 'Still there, where it was used:'
    say "  .ticketlens, in each folder where \`ticketlens dev\` ran: tickets and keys"
    say "  ${XDG_CACHE_HOME:-${HOME:-~}/.cache}/ticketlens: an engine that npm fetched, if any"
}

# Only now, when all of this file is here: half a download does nothing.
main "$@"
