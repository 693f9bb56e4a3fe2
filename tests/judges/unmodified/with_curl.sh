# curl and openssl, nothing else
set -eu
rest=https://api.binance.com
ask() { curl --silent --show-error --fail -H "X-MBX-APIKEY: $API_KEY" "$@"; }
field() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/"; }
signed() {
  text="$1&timestamp=$(date +%s)000"
  printf '%s&signature=%s' "$text" \
    "$(printf %s "$text" | openssl dgst -sha256 -hmac "$API_SECRET" | sed 's/.* //')"
}
case $1 in
public)
  ask "$rest/api/v3/exchangeInfo?symbol=BTCUSDT" |
    sed -E 's/.*"symbols":\[\{"symbol":"([A-Z]+)".*/{"symbol": "\1"}/'
  echo
  ;;
signed)
  price=$(ask "$rest/api/v3/ticker/price?symbol=BTCUSDT" | field price)
  price=$(awk "BEGIN { printf \"%.2f\", $price * 1.5 }")
  order="symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.01&price=$price"
  placed=$(ask -X POST "$rest/api/v3/order" -d "$(signed "$order&newClientOrderId=$2")" | field status)
  gone=$(ask -X DELETE "$rest/api/v3/order?$(signed "symbol=BTCUSDT&origClientOrderId=$2")" | field status)
  echo "{\"placed\": \"$placed\", \"status\": \"$gone\"}"
  ;;
esac
