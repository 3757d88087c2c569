"""Coarse moisture made fine by a network: its law, what it learns, and `ldas retrieve` with it."""

import sys

import numpy as np
import pytest
import xarray as xr
from fine_and_coarse import FineAndCoarse
from scipy.ndimage import correlate
from typer.testing import CliRunner

from ldas.cli import app
from ldas.io.product_file import write_product
from retrieval import smen
from retrieval.smen import HALO, PAST, Scaling, Smen, network, read_smen, unbiased_rmse, write_smen
from retrieval.smen_training import applied, begun, in_pairs, train

NAMELIST = """&retrieval
   method = 'smen'
   output = 'made_fine.nc'
   network = 'net.npz'
   train_until = '2019-06-30'
   epochs = 25
   rate = 4e-3
/
&source name = 'coarse', files = 'coarse.nc', type = 'ssm', variable = 'sm' /
&source name = 'fine', files = 'fine.nc', type = 'ssm', variable = 'sm' /
"""


def some_network(inputs="both", seed=3):
    """Random weights, with thresholds and moments that are not those of the beginning."""
    random, p = np.random.default_rng(seed), begun(inputs, seed)
    blocks = [
        {**b, **{n: random.uniform(0.5, 1.5, 32).astype("f4") for n in ("bias", "scale", "shift",
                                                                       "mean", "variance")}}
        for b in p["f"]
    ]  # fmt: skip
    return Smen({**p, "f": blocks}, Scaling(0.2, 0.1, 0.05), inputs, 0.03, {"pairs": 12})


def convolved(x, kernel, bias):
    """Of (time, row, col, feature) with (time, row, col, in, out), whole in time, by scipy."""
    depth, number = kernel.shape[0], kernel.shape[-1]
    times = x.shape[0] - depth + 1
    out = np.zeros((times, *x.shape[1:3], number))
    for t in range(times):
        for d in range(depth):
            for i in range(x.shape[-1]):
                for o in range(number):
                    out[t, ..., o] += correlate(
                        x[t + d, ..., i], kernel[d, :, :, i, o], mode="constant"
                    )
    return out + bias


def test_it_is_the_network_of_the_paper():
    """Three 3-D convolutions of (2, 3, 3), ReLU, batch normalisation; their sum with g; h."""
    random, net = np.random.default_rng(1), some_network()
    image, residual = random.standard_normal((6, 5)), random.standard_normal((PAST, 6, 5))
    p, x = net.parameters, residual[..., None]
    for block in p["f"]:
        depth = block["kernel"].shape[2] // 2
        kernel = np.stack([block["kernel"][:, :, :depth], block["kernel"][:, :, depth:]])
        x = np.maximum(convolved(x, kernel, block["bias"]), 0.0)
        x = (x - block["mean"]) / np.sqrt(block["variance"] + 1e-3) * block["scale"]
        x = x + block["shift"]
    assert x.shape[0] == 1
    features = x + convolved(image[None, ..., None], p["g"]["kernel"][None], p["g"]["bias"])
    wanted = convolved(features, p["h"]["kernel"][None], p["h"]["bias"])[0, ..., 0]
    parts = (image[None].astype("f4"), residual[None].astype("f4"))
    found, _ = network(p, *parts, "both", training=False)
    np.testing.assert_allclose(np.asarray(found)[0], wanted, rtol=2e-4, atol=2e-3)


def test_strips_give_what_the_whole_gives(monkeypatch):
    random, net = np.random.default_rng(2), some_network()
    coarse, past = random.uniform(0.1, 0.3, (31, 9)), random.normal(0.0, 0.05, (PAST, 31, 9))
    past[:, 3:5] = np.nan
    whole = net(coarse, past)
    monkeypatch.setattr(smen, "STRIP", 9 * 7)
    np.testing.assert_allclose(net(coarse, past), whole, rtol=1e-5)
    past[:, 20:] += 1.0
    away = np.abs(net(coarse, past) - whole).max(axis=1)
    assert (away[20 - HALO : 31] > 1e-4).all() and (away[: 20 - HALO] < 1e-6).all()


def test_it_knows_more_than_the_coarse_image_and_the_same_each_time():
    scene = FineAndCoarse(side=24, years=2)
    pairs = in_pairs(scene.coarse[scene.seen], scene.fine)
    one, two = pairs.part(slice(0, 40)), pairs.part(slice(40, None))
    nets = {name: train(one, name, epochs=25, rate=4e-3) for name in smen.INPUTS}
    error = {name: unbiased_rmse(applied(net, two), two.fine) for name, net in nets.items()}
    coarse = unbiased_rmse(two.coarse, two.fine)
    assert error["both"] < min(0.9 * coarse, error["spatial"], error["temporal"])
    assert error["both"] < 1.4 * nets["both"].error < 2.0 * error["both"]
    away = np.nanmean(applied(nets["both"], one) - one.fine)
    assert abs(away) < 1e-5
    again = train(one, "spatial", epochs=25, rate=4e-3)
    assert (applied(again, two) == applied(nets["spatial"], two)).all()


def test_a_network_is_read_as_it_was_written(tmp_path):
    net = some_network("temporal")
    write_smen(tmp_path / "net.npz", net)
    found = read_smen(tmp_path / "net.npz")
    image = np.full((7, 7), 0.2)
    assert (found(image, image[None] * np.ones((PAST, 1, 1))) ==
            net(image, image[None] * np.ones((PAST, 1, 1)))).all()  # fmt: skip
    assert (found.inputs, found.error, found.about) == ("temporal", 0.03, {"pairs": 12})
    (tmp_path / "net.npz").write_text("nothing")
    with pytest.raises(ValueError, match=r"net.npz: no network of 'smen'"):
        read_smen(tmp_path / "net.npz")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Coarse and fine products of two years in files, and a trained network."""
    folder = tmp_path_factory.mktemp("smen")
    scene = FineAndCoarse(side=24, years=2)
    day = np.datetime64("2018-01-01T06:00") + np.arange(scene.truth.shape[0]).astype("m8[D]")
    axis = 0.03 * np.arange(24)
    middles = axis[scene.block // 2 :: scene.block] - 0.015
    coarse = scene.coarse[:, scene.block // 2 :: scene.block, scene.block // 2 :: scene.block]
    parts = ("sm", "m3 m-3")
    write_product(folder / "coarse.nc", 43.0 + middles, 1.0 + middles, day, *parts, coarse)
    hour = np.timedelta64(12, "h")
    fine = (folder / "fine.nc", 43.0 + axis, 1.0 + axis, day[scene.seen] + hour)
    write_product(*fine, *parts, scene.fine)
    (folder / "smen.nml").write_text(NAMELIST)
    done = ldas("retrieve", "--train", folder / "smen.nml")
    assert done.exit_code == 0, done.output
    assert "41 days of 24 x 24 cells train, 16 test" in " ".join(done.output.split())
    folder.joinpath("told.txt").write_text(done.output)
    return folder


def ldas(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def refused(folder, old, new, *words):
    """What `retrieve` and `check` say of the namelist with a change; both must refuse it."""
    path = folder / "changed.nml"
    path.write_text(NAMELIST.replace(old, new))
    said = [ldas(*command, path) for command in (words or (("retrieve",), ("check",)))]
    assert all(done.exit_code == 2 for done in said), [done.output for done in said]
    texts = [" ".join(done.output.split()) for done in said]
    assert all("Traceback" not in text for text in texts)
    return texts[0]


def test_from_a_namelist(folder):
    lines = (folder / "told.txt").read_text().splitlines()
    coarse, net = (next(x for x in lines if word in x) for word in ("as it is", "network, both"))
    assert float(net.split(",")[-1]) < 0.9 * float(coarse.split(",")[-1])
    checked = ldas("check", folder / "smen.nml")
    assert checked.exit_code == 0 and "a first value can be retrieved" in checked.output
    done = ldas("retrieve", folder / "smen.nml")
    assert done.exit_code == 0, done.output
    with xr.open_dataset(folder / "made_fine.nc") as made:
        made.load()
    scene = FineAndCoarse(side=24, years=2)
    later = made.time >= np.datetime64("2019-07-01")
    truth = scene.truth[later.values]
    ssm = made.ssm.values[later.values]
    assert np.isfinite(ssm).mean() > 0.95
    assert unbiased_rmse(ssm, truth) < 0.9 * unbiased_rmse(scene.coarse[later.values], truth)
    first = int(np.argmax(np.isfinite(made.ssm).any(("lat", "lon")).values))
    assert first == scene.seen[PAST - 1] + 1
    assert (made.quality.values[:first] == 2).all()
    assert (np.isfinite(made.ssm) == (made.quality == 0)).all()


def test_a_later_start_gives_the_same(folder):
    path = folder / "later.nml"
    path.write_text(NAMELIST.replace("'made_fine.nc'", "'later.nc'\n   start = '2019-06-01'"))
    ldas("retrieve", folder / "smen.nml")
    assert ldas("retrieve", path).exit_code == 0
    with xr.open_dataset(folder / "made_fine.nc") as a, xr.open_dataset(folder / "later.nc") as b:
        xr.testing.assert_identical(a.ssm.sel(time=b.time), b.ssm)


def test_what_cannot_be_is_refused(folder):
    said = refused(folder, "'net.npz'", "'none.npz'")
    assert "none.npz does not exist; `ldas retrieve --train changed.nml` makes it" in said
    assert "'smen' needs one 'coarse' and one 'fine'" in refused(folder, "'fine',", "'good',")
    assert "lost.nc' is no file" in refused(folder, "'fine.nc'", "'lost.nc'")
    assert "the same file as network" in refused(folder, "'net.npz'", "'made_fine.nc'")
    assert "is read by the same command" in refused(folder, "'net.npz'", "'fine.nc'")
    other = refused(folder, "'fine.nc'", "'coarse.nc'")
    assert "was trained on step [0.03, 0.03]" in other
    few = refused(folder, "2019-06-30", "2018-05-01", ("retrieve", "--train"))
    assert "pairs of images with 4 before them, needed 10" in few
    late = refused(folder, "'net.npz'", "'net.npz'\n   start = '2030-01-01'", ("retrieve",))
    assert "no day has a coarse value" in late


def test_without_jax_it_says_how_to_have_it(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    assert "pip install 'ldas[cnn]'" in refused(folder, "epochs = 25", "epochs = 25")
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "optax", None)
    said = refused(folder, "epochs = 25", "epochs = 25", ("retrieve", "--train"))
    assert "optax: pip install 'ldas[cnn]'" in said


def test_other_methods_learn_nothing_from_a_namelist(folder, tmp_path):
    path = tmp_path / "cd.nml"
    path.write_text("&retrieval method = 'change_detection', sigma_files = 's1.nc' /\n")
    done = ldas("retrieve", "--train", path)
    assert done.exit_code == 2 and "learns nothing from a namelist" in done.output
