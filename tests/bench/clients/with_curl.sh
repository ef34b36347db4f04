#!/bin/sh
# curl: `with_curl.sh URL KEY MODEL SCOPE` prints a line of JSON for each check.
url=$1 key=$2 model=$3
body='{"model": "'$model'", "messages": [{"role": "user", "content": "hello"}]'
say() { printf '{"check": "%s", "fault": %s}\n' "$1" "$2"; }
ask() { curl -sN "$url/chat/completions" -H "Authorization: Bearer $key" -H 'content-type: application/json' -d "$1"; }

case $(ask "$body}") in *'"yes indeed"'*) say chat null ;; *) say chat '"another answer"' ;; esac
case $(ask "$body, \"stream\": true}" | tail -n 2) in 'data: [DONE]'*) say stream null ;; *) say stream '"no end"' ;; esac
case $(curl -s "$url/models" -H "Authorization: Bearer $key") in *"$model"*) say models null ;; *) say models '"not listed"' ;; esac
