"""Contact sheets and animations of visualizations."""

from PIL import Image

from deepvision.pictures import gallery


def tile(color, side=96):
    return Image.new("RGB", (side, side), color)


def test_a_contact_sheet_holds_every_picture_with_its_caption():
    page = gallery.contact_sheet(
        [tile("red"), None, tile("blue")],
        [("0", "1.5"), ("1", "dead"), ("2", "2.5")],
        "relu",
        "net",
    )
    colors = {color for _, color in page.getcolors(1 << 24)}
    assert (255, 0, 0) in colors and (0, 0, 255) in colors


def test_pictures_of_small_networks_are_enlarged_without_blur():
    page = gallery.contact_sheet([tile("red", 8)], [("0", "")], "relu")
    assert sum(count for count, color in page.getcolors(1 << 24) if color == (255, 0, 0)) == 96 * 96


def test_all_images_grow_together_though_they_were_made_one_after_the_other():
    ways = [[(0, tile("black")), (8, tile("red"))], [(4, tile("blue")), (8, tile("green"))]]
    pages = gallery.frames(ways)
    assert len(pages) == 3
    seen = [{color for _, color in page.getcolors(1 << 24)} for page in pages]
    assert (0, 0, 255) not in seen[0] and (0, 0, 255) in seen[1]
    assert {(255, 0, 0), (0, 128, 0)} <= seen[2]


def test_a_long_way_is_thinned_and_keeps_its_end():
    ways = [[(step, tile((step % 256, 0, 0), 8)) for step in range(500)]]
    pages = gallery.frames(ways, count=10)
    assert len(pages) <= 10
    assert pages[-1].getpixel((0, 0)) == (499 % 256, 0, 0)


def test_animations_are_webp_or_gif(tmp_path):
    pages = gallery.frames([[(0, tile("black")), (1, tile("red")), (2, tile("blue"))]])
    for name in ("a.webp", "a.gif"):
        gallery.save_animation(tmp_path / name, pages)
        assert Image.open(tmp_path / name).n_frames == 3
