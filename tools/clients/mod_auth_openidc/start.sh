#!/bin/sh
# Starts Apache with a configuration: start.sh FILE [DEFINE].
set -eu
mkdir -p "$WORK/www"
echo '<!--#echo var="REMOTE_USER" -->' >"$WORK/www/index.html"
echo 'Signed out.' >"$WORK/www/bye"
chmod 755 "$WORK" "$WORK/www"
MODULES=/usr/lib/apache2/modules
KEYS=
for pem in "$WORK"/keys/*.pem; do
	[ -e "$pem" ] && KEYS="$KEYS $(basename "$pem" .pem)#$pem"
done
export MODULES KEYS
exec apache2 -d "$PWD" -f "$PWD/$1" -D FOREGROUND ${2:+-D "$2"}
