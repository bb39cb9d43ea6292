import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.spelling import NotUtf8Error, decoded, has_control, one_form, shown, visible

TEXT = 'name = "café"\n'


def test_a_byte_order_mark_of_utf8_is_passed_over():
    assert decoded(b"\xef\xbb\xbf" + TEXT.encode()) == TEXT == decoded(TEXT.encode())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf16_is_named_with_what_to_do(encoding):
    with pytest.raises(NotUtf8Error, match=f"{encoding[:6].upper()}; save it as UTF-8"):
        decoded('name = "a"\n'.encode(encoding))


def test_other_bytes_are_named_with_their_line():
    with pytest.raises(NotUtf8Error, match=r"line 2 has the byte 0xe9\); save it as UTF-8"):
        decoded(b"a = 1\nb = '\xe9'\n")


def test_both_normal_forms_are_one_text():
    assert one_form("cafe\u0301") == one_form("caf\u00e9") == "caf\u00e9"
    assert decoded("cafe\u0301".encode()) == "caf\u00e9"
    assert one_form("\ud55c") == one_form("\u1112\u1161\u11ab")


@pytest.mark.parametrize("letter", ["\n", "\t", "\x00", "\x1b", "\x7f", "\x85"])
def test_control_characters_are_found(letter):
    assert has_control(f"ho{letter}me")
    assert letter not in visible(f"ho{letter}me")


@given(st.text())
def test_what_is_visible_is_one_line_that_no_terminal_acts_upon(text):
    line = visible(text)

    assert all(letter.isprintable() for letter in line)
    assert line == visible(line)


def test_values_are_shown_within_a_line():
    assert shown("a\nb") == r"'a\nb'"
    assert len(shown("x" * 10_000)) < 130
    assert shown(10**5000) == "a very large int"
