#!/bin/sh
# Turns a machine with Chromium or Chrome into a terminal of the visiting room:
#   sudo ./install.sh https://visits.prison.intranet
# The policy grants camera, microphone and sound to that one origin without a tap, and closes everything else. Run it again to change the origin.
# (AutoplayAllowlist alone leaves the sound off in Chromium 156; AutoplayAllowed is what works, and no other origin can be opened anyway.)
set -eu

origin=${1:?say the origin of the prison application, for example https://visits.prison.intranet}
case $origin in
  https://*/* | http://*/* | "") echo "an origin has no path: $origin" >&2; exit 2 ;;
  https://*) ;;
  http://localhost* | http://127.0.0.1*) ;;
  *) echo "a browser gives a camera only to https: $origin" >&2; exit 2 ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
root=${ROOT:-}

for folder in /etc/chromium/policies/managed /etc/opt/chrome/policies/managed; do
  mkdir -p "$root$folder"
  sed "s|@ORIGIN@|$origin|g" "$here/policy.json" > "$root$folder/visits-kiosk.json"
  chmod 644 "$root$folder/visits-kiosk.json"
done

mkdir -p "$root/etc/visits" "$root/usr/local/bin" "$root/etc/systemd/system"
printf 'KIOSK_URL=%s/kiosk\n' "$origin" > "$root/etc/visits/kiosk.env"
install -m 755 "$here/kiosk-browser" "$root/usr/local/bin/kiosk-browser"
install -m 644 "$here/visits-kiosk.service" "$root/etc/systemd/system/visits-kiosk.service"
if [ -z "$root" ]; then
  id kiosk >/dev/null 2>&1 || useradd --create-home --groups audio,video,input kiosk
  systemctl daemon-reload
  systemctl enable visits-kiosk.service
  echo "Installed. Start with: systemctl start visits-kiosk; the screen then shows the pairing code."
fi
