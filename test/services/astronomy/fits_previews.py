"""
Writes FITS files with astropy into a source storage, and compares what the service shows of them with what astropy
reads and matplotlib draws. Prints JSON: `pictures` has the largest difference in grey levels of each, or -1 if the
transparent pixels differ; `sky` has the differences of coordinates; `tables` what both say of each table.
"""

import io
import json
import sys
import urllib.parse
import urllib.request
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.image
import numpy as np
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.visualization import AsinhStretch, ImageNormalize, LinearStretch, LogStretch, PercentileInterval
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_scales
from matplotlib.cm import ScalarMappable

url, storage = sys.argv[1], Path(sys.argv[2])
noise = np.random.default_rng(7)


def ask(route, **query):
    with urllib.request.urlopen(f"{url}/preview{route}?{urllib.parse.urlencode(query)}") as answer:
        return answer.read()


def galaxy(height=150, width=210):
    y, x = np.mgrid[:height, :width]
    disk = 900 * np.exp(-np.hypot((x - width / 3) / 30, (y - height / 2) / 14))
    return disk + noise.normal(20, 5, (height, width))


def write(name, data, **cards):
    """As astropy writes it; `raw` cards are added without a change of the data."""
    hdu = fits.PrimaryHDU(data)
    for keyword, value in cards.items():
        hdu.header[keyword] = value
    hdu.writeto(storage / name, overwrite=True, output_verify="silentfix")


def write_images():
    image = galaxy()
    for kind in ["u1", "i2", "i4", "i8", "f4", "f8", "u2", "u4"]:
        top = 255 if kind == "u1" else 30000
        write(f"{kind}.fits", np.clip(image * 20, 0, top).astype(kind) if kind[0] != "f" else image.astype(kind))
    holes = image.astype("f4")
    holes[20:60, 30:90] = np.nan
    holes[0, 0], holes[1, 1] = np.inf, -np.inf
    write("nan.fits", holes)
    write("large_offset.fits", 1e9 + galaxy() / 1000)
    write("cube.fits", np.stack([galaxy(), galaxy()[::-1], 3 * galaxy()]).astype("f4"))
    write("wide.fits", galaxy(40, 5000).astype("f4"))
    blank = np.clip(image * 20, -32000, 32000).astype(">i2")
    blank[5:30, 100:120] = -32768
    hdu = fits.PrimaryHDU(blank)
    hdu.writeto(storage / "blank.fits", overwrite=True)
    # Set in the file, because astropy would scale the data.
    with open(storage / "blank.fits", "r+b") as file:
        head = file.read(2880)
        cards = ["BSCALE  =                 0.25", "BZERO   =                -12.5", "BLANK   =               -32768"]
        end = head.index(b"END" + b" " * 77)
        added = b"".join(card.encode().ljust(80) for card in cards)
        file.seek(0)
        file.write((head[:end] + added + head[end:])[:2880])


stretches = {"linear": LinearStretch(), "log": LogStretch(), "asinh": AsinhStretch()}


def drawn(data, stretch, percent, size):
    step = max(1, -(-max(data.shape) // size))
    data = data[::step, ::step].astype(float)
    norm = ImageNormalize(
        data[np.isfinite(data)], interval=PercentileInterval(percent), stretch=stretches[stretch], clip=True
    )
    colours = ScalarMappable(norm=norm, cmap="gray").to_rgba(np.where(np.isnan(data), 0, data), bytes=True)
    return colours[::-1, :, 0].astype(int), np.isnan(data)[::-1]


def difference(name, stretch, percent=99.5, size=1024, plane=0):
    data = fits.getdata(storage / name)
    data = data if data.ndim == 2 else data.reshape(-1, *data.shape[-2:])[plane]
    answer = ask("/picture", path=name, stretch=stretch, percent=percent, size=size, plane=plane)
    shown = np.round(matplotlib.image.imread(io.BytesIO(answer), format="png") * 255).astype(int)
    grey, opaque = (shown, np.full(shown.shape, 255)) if shown.ndim == 2 else (shown[..., 0], shown[..., -1])
    expected, undefined = drawn(data, stretch, percent, size)
    if grey.shape != expected.shape or not np.array_equal(opaque == 0, undefined):
        return -1
    return int(np.abs(grey - expected)[~undefined & np.isfinite(expected)].max())


def pictures():
    names = ["u1", "i2", "i4", "i8", "f4", "f8", "u2", "u4", "blank", "nan", "large_offset"]
    found = {f"{name} {stretch}": difference(f"{name}.fits", stretch) for name in names for stretch in stretches}
    found |= {f"percent {percent}": difference("f4.fits", "asinh", percent) for percent in [90, 99, 100]}
    found |= {f"plane {plane}": difference("cube.fits", "log", plane=plane) for plane in range(3)}
    found |= {f"size {size}": difference("wide.fits", "linear", size=size) for size in [16, 100, 2048]}
    return found


def sky():
    found = {}
    for projection in ["TAN", "SIN", "ARC", "STG", "ZEA"]:
        for rotation in [0, 33]:
            wcs = WCS(naxis=2)
            wcs.wcs.ctype = [f"RA---{projection}", f"DEC--{projection}"]
            wcs.wcs.crval, wcs.wcs.crpix, wcs.wcs.cdelt = [351.2, -47.6], [10, 300], [-0.01, 0.012]
            turn = np.radians(rotation)
            wcs.wcs.pc = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
            name = f"sky_{projection}_{rotation}.fits"
            write(name, np.zeros((200, 260), "i2"), **dict(wcs.to_header()))
            [hdu] = json.loads(ask("", path=name))["hdus"]
            shown = SkyCoord(hdu["centre"]["longitude_deg"], hdu["centre"]["latitude_deg"], unit="deg")
            middle = SkyCoord(*wcs.wcs_pix2world([[130.5, 100.5]], 1)[0], unit="deg")
            scales = np.abs(np.array(hdu["pixel_scale_deg"]) - proj_plane_pixel_scales(wcs)).max()
            found[name] = [float(shown.separation(middle).to_value(units.arcsec)), float(scales)]
    return found


def tables():
    """Both sides as texts of numbers."""
    columns = [
        fits.Column(name="NAME", format="6A", array=np.array(["ea01", "ea 02", ""])),
        fits.Column(name="FLAG", format="L", array=np.array([True, False, True])),
        fits.Column(name="BYTE", format="B", array=np.array([1, 2, 255], "u1")),
        fits.Column(name="SHORT", format="I", array=np.array([-5, 7, 300], "i2"), unit="m"),
        fits.Column(name="UNSIGNED", format="J", bzero=2**31, array=np.array([0, 2**31, 2**32 - 1], "u4")),
        fits.Column(name="LONG", format="K", array=np.array([-(2**60) - 1, 0, 2**60 + 1], "i8")),
        fits.Column(name="FLOAT", format="E", array=np.array([0.1, -1e30, 2], "f4")),
        fits.Column(name="DOUBLE", format="D", array=np.array([0.1, 1e300, np.nan])),
        fits.Column(name="PAIR", format="2D", array=np.array([[1.5, 2], [3, 4], [5, 6]])),
        fits.Column(name="LISTS", format="PD()", array=np.array([[1.0], [1.0, 2.0], [3.0] * 5], dtype=object)),
    ]
    binary = fits.BinTableHDU.from_columns(columns, name="BINARY")
    text = fits.TableHDU.from_columns(
        [
            fits.Column(name="SOURCE", format="A8", array=np.array(["3C 48", "3C147"])),
            fits.Column(name="FLUX", format="F8.3", array=np.array([16.25, 22.5])),
        ],
        name="TEXT",
    )
    fits.HDUList([fits.PrimaryHDU(), binary, text]).writeto(storage / "tables.fits", overwrite=True)
    return [json.loads(ask("/table", path="tables.fits", hdu=hdu)) for hdu in [1, 2]]


def compressed():
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(galaxy().astype("f4"), name="SCI")]).writeto(
        storage / "packed.fits.fz", overwrite=True
    )
    return json.loads(ask("", path="packed.fits.fz"))["hdus"][1]


write_images()
found = {"pictures": pictures(), "sky": sky(), "tables": tables(), "compressed": compressed()}
del found["compressed"]["cards"]
print(json.dumps(found))
