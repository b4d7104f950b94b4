# Installs the Debian packages of deploy/packages/*.txt that are missing. To be sourced after
# terminal.sh. Starts and enables no daemon, and replaces no other mail server.

readonly policy_file=/usr/sbin/policy-rc.d
readonly policy_saved=$policy_file.before-gatepost
readonly policy_mark='# Temporary, by Gatepost while it installs packages: no daemon is started.'
readonly enabled_links='/etc/systemd/system/*.wants/* /etc/systemd/system/*.requires/*
  /etc/systemd/system/*.service /etc/rc[2-5S].d/S*'

# install_packages LIST...: LIST is build, stack or test.
install_packages() {
  local wanted missing
  wanted=$(listed_packages "$@")
  missing=$(missing_packages $wanted)
  if [[ -z $missing ]]; then
    note "all $(wc -w <<<"$wanted") Debian packages are there"
    return
  fi
  require_apt
  require_root "$missing"
  refuse_other_mail_server "$missing"
  exec {install_lock}</usr/sbin  # one installation at a time
  flock "$install_lock"
  step_patience=wait
  step 'Package lists' apt-get update
  forbid_daemon_starts
  step "Installing $(wc -w <<<"$missing") packages, starting none" apt_install $missing
  allow_daemon_starts
  step_patience=''
  exec {install_lock}<&-
}

# The packages of the named lists, comments left out.
listed_packages() {
  local list
  for list in "$@"; do sed -e 's/#.*//' "$root/deploy/packages/$list.txt"; done | xargs
}

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      printf '%s ' "$package"
  done
}

require_apt() {
  command -v apt-get >/dev/null || fail 'This needs Debian 12: there is no apt-get here.'
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  [[ $codename == bookworm ]] || note "made for Debian 12 (bookworm), this is ${codename:-unknown}"
}

require_root() {
  [[ $EUID == 0 ]] || fail "Some Debian packages are missing, and only root can install them. Run this as root, or:
  apt-get install --no-install-recommends $1"
}

# Debian removes another mail server when Postfix is installed. That is not ours to decide.
refuse_other_mail_server() {
  [[ " $1 " == *' postfix '* ]] || return 0
  local other
  other=$(other_mail_server)
  [[ -z $other ]] || fail "This machine has another mail server ($other), which installing Postfix would replace.
Nothing was changed. Use a machine without one, a virtual machine or a container."
}

other_mail_server() {
  local packages
  packages=$(dpkg-query -W -f='${db:Status-Status} ${Package} ${Provides}\n' |
    awk '$1 == "installed" && $2 != "postfix" && / mail-transport-agent/ { print $2 }' | xargs)
  if [[ -n $packages ]]; then
    echo "$packages"
  elif [[ -e /usr/sbin/sendmail ]]; then
    echo '/usr/sbin/sendmail of no Debian package'
  fi
}

# Debian's maintainer scripts ask this file whether they may start a daemon. One that is there
# already is put aside and comes back.
forbid_daemon_starts() {
  if [[ -e $policy_file || -L $policy_file ]] && ! grep -qsF "$policy_mark" "$policy_file"; then
    mv "$policy_file" "$policy_saved"
  fi
  at_exit allow_daemon_starts
  printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" >"$policy_file"
  chmod 755 "$policy_file"
}

allow_daemon_starts() {
  grep -qsF "$policy_mark" "$policy_file" && rm -f "$policy_file"
  if [[ -e $policy_saved || -L $policy_saved ]]; then mv "$policy_saved" "$policy_file"; fi
}

apt_install() {
  local before status=0
  before=$(ls -d $enabled_links 2>/dev/null)
  export DEBIAN_FRONTEND=noninteractive
  if [[ " $* " == *' postfix '* ]]; then
    echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
  fi
  apt-get install -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@" || status=$?
  disable_new_services "$before"
  return "$status"
}

# Services that the packages enabled for the next boot are disabled again; older ones stay.
disable_new_services() {
  local link
  for link in $(comm -13 <(sort <<<"$1") <(ls -d $enabled_links 2>/dev/null | sort)); do
    echo "disabling $link"
    case $link in
      /etc/rc*) update-rc.d "$(basename "$link" | sed 's/^S[0-9]*//')" disable ;;
      */*.wants/* | */*.requires/*) deb-systemd-helper disable "$(basename "$link")" ;;
    esac
    # An alias, or a link that came by another way than the packages' own scripts.
    if [[ $link == /etc/systemd/* && -L $link ]]; then rm -f "$link"; fi
  done
}
