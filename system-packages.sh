#!/bin/bash
# Installs the Debian packages that the tests start for real. With names: just those.
set -euo pipefail
packages=("$@")
if [ ${#packages[@]} -eq 0 ]; then
  command -v chromium >/dev/null || packages+=(chromium)
  [ -e /usr/share/fonts/truetype/dejavu ] || packages+=(fonts-dejavu-core)
  compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || packages+=(postgresql)
  # The browser driver's Node is linked against it, and the guards ask git which files are the project's.
  ldconfig -p 2>/dev/null | grep -q libatomic.so.1 || /sbin/ldconfig -p | grep -q libatomic.so.1 || packages+=(libatomic1)
  command -v git >/dev/null || packages+=(git)
  command -v rabbitmq-server >/dev/null || [ -x /usr/sbin/rabbitmq-server ] || packages+=(rabbitmq-server)
fi
[ ${#packages[@]} -eq 0 ] && exit 0
install=(apt-get install -y -qq --no-install-recommends "${packages[@]}")
if [ "$(id -u)" -eq 0 ]; then sudo=(); elif command -v sudo >/dev/null; then sudo=(sudo); else
  echo "These Debian packages are needed: ${packages[*]}. As root, run: ${install[*]}" >&2; exit 1
fi
echo "Installing Debian packages: ${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" >/dev/null
