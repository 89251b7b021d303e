"""Makes the HDF5 files of these tests with h5py, so that our reader meets files that another library wrote.

Run by hand: /usr/bin/python3 make_fixtures.py   (Debian's python3-h5py 3.7.0 with HDF5 1.10.8)
The files are committed beside it, compressed (the reader takes them so). HDF5 stores times, so a new run differs in some bytes. Every file holds the same spectrum; HdfFixtureTests.cs computes it again.
"earliest" is what h5py writes by default (symbol tables, version 3 layouts), "latest" what beamlines write for live reading
(link messages or heaps of links, version 4 layouts).
"""
import gzip
import pathlib

import h5py
import numpy as np

HERE = pathlib.Path(__file__).parent
POINTS = 90
energy = 8930.0 + np.arange(POINTS)
mu = 0.5 + np.arctan(energy - 8985.0) / np.pi
i0 = 1e5 + 10.0 * np.arange(POINTS)
itrans = i0 * np.exp(-mu)
fluorescence = np.stack([i0 * mu * (0.1 + 0.01 * k) for k in range(3)], axis=1)

KINDS = {
    "contiguous": {},
    "chunked": dict(chunks=(32,), compression="gzip", shuffle=True, fletcher32=True),
    "growing": dict(chunks=(1,), maxshape=(None,)),
    "growing-deflate": dict(chunks=(2,), maxshape=(None,), compression="gzip"),
    "single": dict(chunks=(POINTS,), compression="gzip"),
}


def soleil(path, libver):
    """NXxas as SOLEIL writes it: data linked from the instrument."""
    with h5py.File(path, "w", libver=libver) as f:
        entry = f.create_group("entry")
        entry.attrs["NX_class"] = "NXentry"
        entry["definition"], entry["mode"], entry["title"] = "NXxas", "Transmission", "Cu foil"
        entry["element"], entry["absorption_edge"] = "Cu", np.bytes_("K")
        entry["sample/name"], entry["instrument/source/name"] = "copper foil", "SOLEIL"
        entry["instrument/incoming_beam/data"], entry["instrument/absorbed_beam/data"] = i0, itrans
        entry["instrument/monochromator/energy"] = energy
        entry["instrument/monochromator/energy"].attrs["units"] = "eV"
        data = entry.create_group("data")
        data.attrs["NX_class"], data.attrs["signal"], data.attrs["axes"] = "NXdata", "absorbed_beam", "energy"
        data["energy"] = entry["instrument/monochromator/energy"]
        data["absorbed_beam"] = h5py.SoftLink("/entry/instrument/absorbed_beam/data")


def esrf(path, libver, kind):
    """Scans as ESRF's BLISS writes them: N.1/measurement, keV, many counters, links that go round and out of the file."""
    with h5py.File(path, "w", libver=libver) as f:
        for scan in (10, 2):
            entry = f.create_group(f"{scan}.1", track_order=True)
            entry.attrs["NX_class"] = "NXentry"
            entry["title"], entry["sample/name"] = f"trigscan {scan}", "Cu2O"
            measurement = entry.create_group("measurement", track_order=True)
            for k in range(20):
                measurement[f"counter{k}"] = np.arange(3)
            measurement.create_dataset("energy_enc", data=energy / 1000, **kind).attrs["units"] = "keV"
            measurement.create_dataset("I0", data=i0.astype("<f4"), **kind)
            measurement.create_dataset("I1", data=itrans.astype(">f8"), **kind)
            two = dict(kind, chunks=(25, 2)) if kind else {}
            if "maxshape" in two:
                two["maxshape"] = (None, 3)
            measurement.create_dataset("fluo", data=fluorescence, **two)
            entry["round_a"], entry["round_b"] = h5py.SoftLink(f"/{scan}.1/round_b"), h5py.SoftLink(f"/{scan}.1/round_a")
            entry["outside"] = h5py.ExternalLink("other.h5", "/entry")


def elsewhere(path):
    """The same spectrum, but its numbers lie in other files: by a link, as external storage, as a virtual data set."""
    with h5py.File(path, "w", libver="latest") as f:
        f.create_group("linked")["data"] = h5py.ExternalLink("soleil-latest.h5", "/entry/data")
        raw = f.create_group("raw")
        for name, values in (("energy", energy), ("mu", mu)):
            raw.create_dataset(name, (POINTS,), "<f8", external=[(f"{name}.bin", 0, 8 * POINTS)])
        virtual = f.create_group("virtual")
        for name, source in (("energy", "instrument/monochromator/energy"), ("mu", "instrument/absorbed_beam/data")):
            layout = h5py.VirtualLayout((POINTS,), "<f8")
            layout[:] = h5py.VirtualSource("soleil-latest.h5", f"entry/{source}", (POINTS,))
            virtual.create_virtual_dataset(name, layout)


elsewhere(HERE / "elsewhere.h5")
for version in ("earliest", "latest"):
    soleil(HERE / f"soleil-{version}.h5", version)
    for name, options in KINDS.items():
        esrf(HERE / f"esrf-{name}-{version}.h5", version, options)

for path in HERE.glob("*.h5"):
    path.with_suffix(".h5.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    path.unlink()
