"""OSRM and Valhalla, in this process: times of the questions that helan-bench asks of itself.

route_peers.py EXTRACT.osm.pbf FOLDER QUESTION.json

Builds both from the extract with the profile of a car that each brings, asks them for the same places, and prints one line of JSON:
p50 and p99 of one-to-one times and of matrices in microseconds (medians of the rounds), and the travel times in seconds.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path


def spans(rounds, questions, ask):
    halves, ends = [], []
    for _ in range(max(rounds, 1)):
        took = []
        for question in questions:
            begin = time.perf_counter_ns()
            ask(question)
            took.append((time.perf_counter_ns() - begin) / 1000)
        took.sort()
        halves.append(took[len(took) // 2])
        ends.append(took[min(len(took) * 99 // 100, len(took) - 1)])
    return {"p50_us": statistics.median(halves), "p99_us": statistics.median(ends)}


def measure(asked, route, table):
    """Times of a peer: `route` gives seconds or none, `table` nothing that is looked at."""
    places, side, rounds = asked["places"], asked["side"], asked["rounds"]
    pairs = [tuple(places[n : n + 2]) for n in range(0, len(places) - 1, 2)]
    parts = [places[n : n + 2 * side] for n in range(0, len(places) - 2 * side + 1, 2 * side)]
    tables = [(part[:side], part[side:]) for part in (parts * 20)[:20]]
    seconds = [route(pair) for pair in pairs]
    return {
        "seconds": seconds,
        "route": spans(rounds, pairs, route),
        "table": spans(rounds, tables, table),
    }


def osrm_figures(extract, folder, asked):
    import osrm

    tools, share = Path(osrm.__file__).parent / "bin", Path(osrm.__file__).parent / "share"
    profile = next(share.rglob("car.lua"))
    own = folder / "osrm"
    own.mkdir()
    (own / "map.osm.pbf").symlink_to(extract)
    for step in (
        ["osrm-extract", "-p", str(profile), "map.osm.pbf"],
        ["osrm-contract", "map.osrm"],
    ):
        subprocess.run([str(tools / step[0]), *step[1:]], cwd=own, check=True, capture_output=True)
    engine = osrm.OSRM(algorithm="CH", storage_config=str(own / "map.osrm"), use_shared_memory=False)

    def route(pair):
        try:
            found = engine.Route(osrm.RouteParameters(coordinates=[tuple(p) for p in pair], overview="false"))
            return found["routes"][0]["duration"]
        except RuntimeError:
            return None

    def table(part):
        both = [tuple(p) for side in part for p in side]
        half = len(part[0])
        return engine.Table(
            osrm.TableParameters(
                coordinates=both, sources=list(range(half)), destinations=list(range(half, len(both)))
            )
        )

    return measure(asked, route, table)


def valhalla_figures(extract, folder, asked):
    import valhalla

    own = folder / "valhalla"
    (own / "tiles").mkdir(parents=True)
    config = valhalla.get_config(tile_extract="", tile_dir=str(own / "tiles"), verbose=False)
    config["mjolnir"]["concurrency"] = 2
    config["service_limits"]["auto"]["max_matrix_location_pairs"] = 2500
    written = own / "valhalla.json"
    written.write_text(json.dumps(config))
    tool = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
    subprocess.run([str(tool), "-c", str(written), str(extract)], check=True, capture_output=True)
    actor = valhalla.Actor(str(written))

    def points(places):
        return [{"lon": lon, "lat": lat} for lon, lat in places]

    def route(pair):
        try:
            # Neither words nor a line: what is left is the search.
            ask = {"locations": points(pair), "costing": "auto", "directions_type": "none", "shape_format": "no_shape"}
            return actor.route(ask)["trip"]["summary"]["time"]
        except RuntimeError:
            return None

    def table(part):
        return actor.matrix({"sources": points(part[0]), "targets": points(part[1]), "costing": "auto"})

    return measure(asked, route, table)


def main():
    extract, folder, asked = Path(sys.argv[1]).resolve(), Path(sys.argv[2]), json.loads(Path(sys.argv[3]).read_text())
    answer = {}
    # What the engines print of themselves must not stand between the lines.
    out = os.dup(1)
    os.dup2(2, 1)
    for name, figures in (("osrm", osrm_figures), ("valhalla", valhalla_figures)):
        try:
            answer[name] = figures(extract, folder, asked)
        except Exception as error:  # whatever it is: the other one is still measured
            answer[name] = {"why": f"{type(error).__name__}: {error}"}
    os.dup2(out, 1)
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
