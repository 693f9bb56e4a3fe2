"""Assets as the wallet tells them: full names, networks, fees.

Names and networks are the venue's; fees and least amounts are of the size that it asks and guessed
(they change daily). Addresses of the box are marked ``local`` so that nobody can send anything to
them; they satisfy ``ADDRESS`` and no real network's form.
"""

import re
from collections.abc import Mapping
from hashlib import sha256

from msgspec import Struct


class Network(Struct, frozen=True):
    """A chain. ``confirmations`` until a deposit counts, ``minutes`` a withdrawal takes."""

    code: str
    name: str
    confirmations: int
    minutes: int
    tagged: bool = False


class Chain(Struct, frozen=True):
    """What an asset costs on a network: decimal texts."""

    network: Network
    fee: str
    least: str


class Coin(Struct, frozen=True):
    """An asset; the first of ``chains`` is its usual one."""

    asset: str
    name: str
    chains: tuple[Chain, ...]
    fiat: bool = False


ADDRESS = "^local[0-9a-f]{35}$"
"""What an address of the box looks like."""

ANY_ADDRESS = re.compile(r"[0-9A-Za-z:._-]{4,128}")
"""What may be withdrawn to: anything that is no sentence."""

MOST = "9999999999"
STEP = "0.00000001"

NETWORKS: Mapping[str, Network] = {
    row.code: row
    for row in (
        Network("BTC", "Bitcoin", 1, 30),
        Network("ETH", "Ethereum (ERC20)", 6, 4),
        Network("BSC", "BNB Smart Chain (BEP20)", 5, 1),
        Network("TRX", "Tron (TRC20)", 1, 2),
        Network("SOL", "Solana", 1, 1),
        Network("XRP", "Ripple", 1, 1, tagged=True),
        Network("LTC", "Litecoin", 4, 30),
        Network("DOGE", "dogecoin", 50, 60),
        Network("ADA", "Cardano", 30, 5),
        Network("AVAXC", "AVAX C-Chain", 12, 1),
        Network("DOT", "Polkadot", 2, 2),
        Network("SUI", "Sui", 1, 1),
        Network("BCH", "Bitcoin Cash", 2, 30),
        Network("NEAR", "NEAR Protocol", 2, 1),
        Network("APT", "Aptos", 1, 1),
        Network("ATOM", "Cosmos", 1, 1, tagged=True),
        Network("ETC", "Ethereum Classic", 480, 120),
        Network("XLM", "Stellar Network", 1, 1, tagged=True),
        Network("ALGO", "Algorand", 1, 1),
        Network("CHZ", "Chiliz Chain", 5, 1),
        Network("ZIL", "Zilliqa", 3, 3),
        Network("ONE", "Harmony", 2, 1),
        Network("FIAT", "FIAT", 1, 1),
    )
}

# asset, full name, then network:fee:least amount, the usual one first
_COINS = """
BTC  Bitcoin            BTC:0.00002:0.00004      BSC:0.0000012:0.0000024
ETH  Ethereum           ETH:0.0001:0.0002        BSC:0.000012:0.000024
BNB  BNB                BSC:0.00001:0.00002
USDT TetherUS           ETH:0.5:1                BSC:0.01:10            TRX:1:2
USDC USDC               ETH:0.5:1                BSC:0.01:10            SOL:0.5:1
FDUSD First_Digital_USD ETH:0.5:1                BSC:0.01:10
SOL  Solana             SOL:0.001:0.1
XRP  Ripple             XRP:0.2:2
LTC  Litecoin           LTC:0.0001:0.002
TRX  TRON               TRX:1:2
DOGE Dogecoin           DOGE:4:8
ADA  Cardano            ADA:0.8:2
AVAX Avalanche          AVAXC:0.0001:0.1
LINK ChainLink          ETH:0.03:0.06            BSC:0.0006:0.0012
DOT  Polkadot           DOT:0.08:1.5
SUI  Sui                SUI:0.07:1
SHIB SHIBA_INU          ETH:40000:80000          BSC:700:1400
PEPE Pepe               ETH:60000:120000         BSC:900:1800
UNI  Uniswap            ETH:0.06:0.12            BSC:0.0013:0.0026
BCH  Bitcoin_Cash       BCH:0.001:0.002
NEAR NEAR_Protocol      NEAR:0.2:0.4
APT  Aptos              APT:0.005:0.1
ATOM Cosmos             ATOM:0.008:0.016
ETC  Ethereum_Classic   ETC:0.008:0.02
XLM  Stellar_Lumens     XLM:0.02:22
ALGO Algorand           ALGO:0.008:0.1
CHZ  Chiliz             CHZ:1:2                  ETH:10:20
ZIL  Zilliqa            ZIL:0.2:0.4
ONE  Harmony            ONE:0.002:0.1
EUR  Euro               FIAT:1:2
"""


def _coin(line: str) -> Coin:
    asset, name, *chains = line.split()
    rows = []
    for text in chains:
        code, fee, least = text.split(":")
        rows.append(Chain(NETWORKS[code], fee, least))
    return Coin(asset, name.replace("_", " "), tuple(rows), fiat=asset == "EUR")


COINS: Mapping[str, Coin] = {
    coin.asset: coin for coin in map(_coin, filter(None, _COINS.splitlines()))
}


def coin_of(asset: str) -> Coin:
    """What is known of an asset; one that is not in the table is on BNB Smart Chain (guessed)."""
    found = COINS.get(asset)
    return found or Coin(asset, asset, (Chain(NETWORKS["BSC"], "0.1", "0.2"),))


def chain_of(coin: Coin, code: str = "") -> Chain | None:
    """An asset's chain by its code, the usual one when none is named."""
    return next((chain for chain in coin.chains if code in ("", chain.network.code)), None)


def address(account: int, asset: str, network: str) -> str:
    """Where an account gets deposits: the same every time, and worthless everywhere."""
    return "local" + sha256(f"{account}/{asset}/{network}".encode()).hexdigest()[:35]


def transaction(number: int) -> str:
    """The hash of a transaction on a chain that is not there."""
    return sha256(f"transaction/{number}".encode()).hexdigest()
