"""OSRM and Valhalla on the same roads and the same pairs as Helan.

    python route_peers.py --pbf FILE.osm.pbf --pairs PAIRS.json --work FOLDER

PAIRS.json is a list of [from_lon, from_lat, to_lon, to_lat]. Prints one JSON object for each peer: the median and the 99th percentile of
a route and of a table of 50 x 50, in microseconds, and the travel times in seconds (null: no way). The peers run in this process, so that
no socket is measured.

Needs the Python packages osrm-bindings and pyvalhalla. osrm-bindings has wheels for Python 3.12 and newer only; with 3.11 the last
pyvalhalla is 3.2.0, which has no programs to build its tiles. A peer that is not installed is told as missing.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

SIDE = 50
TABLES = 5


def figures(samples):
    ordered = sorted(samples)
    at = lambda share: ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e6
    return {"p50_us": round(at(0.5), 1), "p99_us": round(at(0.99), 1)}


def timed(calls):
    samples, answers = [], []
    for call in calls:
        start = time.perf_counter()
        answer = call()
        samples.append(time.perf_counter() - start)
        answers.append(answer)
    return figures(samples), answers


def tables(pairs):
    """Sources and targets of some tables."""
    for number in range(TABLES):
        part = [pairs[(number * SIDE + k) % len(pairs)] for k in range(SIDE)]
        yield [p[:2] for p in part], [p[2:] for p in part]


def osrm_peer(pbf, pairs, work):
    import osrm

    package = pathlib.Path(osrm.__file__).parent
    base = work / "osrm"
    if not base.with_suffix(".osrm.cells").exists():
        base.parent.mkdir(parents=True, exist_ok=True)
        copy = work / "osrm.osm.pbf"
        copy.write_bytes(pbf.read_bytes())
        run = lambda *command: subprocess.run(
            [str(part) for part in command], check=True, stdout=subprocess.DEVNULL
        )
        run(package / "bin/osrm-extract", "-p", package / "share/profiles/car.lua", copy)
        for step in ("osrm-partition", "osrm-customize"):
            run(package / "bin" / step, work / "osrm.osrm")
        run(package / "bin/osrm-contract", work / "osrm.osrm")
    result = {}
    # MLD is the one that takes closures without contracting anew, CH the faster one.
    for name in ("MLD", "CH"):
        engine = osrm.OSRM(storage_config=str(work / "osrm.osrm"), algorithm=name, use_shared_memory=False)

        def route(pair):
            question = osrm.RouteParameters(
                coordinates=[tuple(pair[:2]), tuple(pair[2:])], overview="false", steps=False
            )

            def ask():
                try:
                    return engine.Route(question)["routes"][0]["duration"]
                except RuntimeError:
                    return None

            return ask

        def table(sources, targets):
            question = osrm.TableParameters(
                coordinates=[tuple(at) for at in sources + targets],
                sources=list(range(SIDE)),
                destinations=list(range(SIDE, 2 * SIDE)),
            )
            return lambda: engine.Table(question) and None

        timed(route(pair) for pair in pairs[:100])
        one, times = timed(route(pair) for pair in pairs)
        many, _ = timed(table(*sides) for sides in tables(pairs))
        result[name] = {"route": one, "table_50x50": many, "times_s": times}
    return result


def valhalla_peer(pbf, pairs, work):
    import valhalla
    from valhalla import get_config

    tiles = work / "valhalla"
    tiles.mkdir(exist_ok=True)
    config = get_config(tile_extract="", tile_dir=str(tiles))
    config["mjolnir"]["concurrency"] = 1
    file = work / "valhalla.json"
    file.write_text(json.dumps(config))
    if not any(tiles.iterdir()):
        program = pathlib.Path(valhalla.__file__).parent / "bin/valhalla_build_tiles"
        subprocess.run(
            [str(program), "-c", str(file), str(pbf)],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    actor = valhalla.Actor(str(file))
    at = lambda lon, lat: {"lon": lon, "lat": lat}

    def route(pair):
        question = json.dumps(
            {
                "locations": [at(*pair[:2]), at(*pair[2:])],
                "costing": "auto",
                "directions_type": "none",
            }
        )

        def ask():
            try:
                return json.loads(actor.route(question))["trip"]["summary"]["time"]
            except Exception:  # The package has no class of its own for "no way" in all versions.
                return None

        return ask

    def table(sources, targets):
        question = json.dumps(
            {
                "sources": [at(*place) for place in sources],
                "targets": [at(*place) for place in targets],
                "costing": "auto",
            }
        )
        return lambda: actor.matrix(question) and None

    timed(route(pair) for pair in pairs[:100])
    one, times = timed(route(pair) for pair in pairs)
    many, _ = timed(table(*sides) for sides in tables(pairs))
    return {"auto": {"route": one, "table_50x50": many, "times_s": times}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pbf", type=pathlib.Path, required=True)
    parser.add_argument("--pairs", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    asked = parser.parse_args()
    pairs = json.loads(asked.pairs.read_text())
    asked.work.mkdir(parents=True, exist_ok=True)
    for name, peer in (("osrm", osrm_peer), ("valhalla", valhalla_peer)):
        try:
            told = peer(asked.pbf.resolve(), pairs, asked.work.resolve())
        except ImportError as error:
            told = {"missing": str(error)}
        print(json.dumps({"peer": name, **told}))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
