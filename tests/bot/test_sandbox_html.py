"""Telegram's HTML: what parses to what, and what is refused in which words.

Expected values are worked out by hand from Telegram's documented rules; offsets are UTF-16 units, complaints count
bytes (the lock sign is two units and four bytes).
"""

import contextlib
import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.content import tidy, with_found
from bot.sandbox.telegram_html import Entity, Formatted, HtmlError, parse_html, utf16_length

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("markup", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>a</b>", "a", [Entity("bold", 0, 1)]),
        ("<STRONG>a</strong>", "a", [Entity("bold", 0, 1)]),
        ("<i>a</i><em>b</em>", "ab", [Entity("italic", 0, 1), Entity("italic", 1, 1)]),
        ("<u>a</u><ins>b</ins>", "ab", [Entity("underline", 0, 1), Entity("underline", 1, 1)]),
        (
            "<s>a</s><del>b</del><strike>c</strike>",
            "abc",
            [Entity("strikethrough", at, 1) for at in range(3)],
        ),
        ("<tg-spoiler>a</tg-spoiler>", "a", [Entity("spoiler", 0, 1)]),
        ('<span class="tg-spoiler">a</span>', "a", [Entity("spoiler", 0, 1)]),
        ("<code>2274.10</code>", "2274.10", [Entity("code", 0, 7)]),
        ("<pre>a\nb</pre>", "a\nb", [Entity("pre", 0, 3)]),
        ('<pre><code class="language-python">a</code></pre>', "a", [Entity("pre", 0, 1, "python")]),
        ("<blockquote>a</blockquote>", "a", [Entity("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [Entity("expandable_blockquote", 0, 1)]),
        (
            '<a href="https://example.org/?a=1&amp;b=2">x</a>',
            "x",
            [Entity("text_link", 0, 1, "https://example.org/?a=1&b=2")],
        ),
        ("<a href='example.org'>x</a>", "x", [Entity("text_link", 0, 1, "http://example.org")]),
        ("<a href='nowhere'>x</a>", "x", []),
        ("<tg-emoji emoji-id='53'>🔒</tg-emoji>", "🔒", [Entity("custom_emoji", 0, 2, "53")]),
        ("🔒 <b>TP1 <i>hit</i></b>", "🔒 TP1 hit", [Entity("bold", 3, 7), Entity("italic", 7, 3)]),
        ("<b></b>a", "a", []),
        ("<b>a</>", "a", [Entity("bold", 0, 1)]),
        ("&lt;&gt;&amp;&quot;&#8722;&#x2212;", '<>&"−−', []),
        ("&lt1 &ge; & &#0; &#1114111; &#12345678;", "<1 &ge; & &#0; &#1114111; &#12345678;", []),
        ("a > b", "a > b", []),
    ],
)
def test_good_markup_becomes_text_and_entities(markup, text, entities):
    assert parse_html(markup) == Formatted(text, tuple(entities))


@pytest.mark.parametrize(
    ("markup", "complaint"),
    [
        ("R < 2", 'Unsupported start tag "" at byte offset 2'),
        ("🔒<h1>a</h1>", 'Unsupported start tag "h1" at byte offset 4'),
        ("a<", "Unclosed start tag at byte offset 1"),
        ("a<b", "Unclosed start tag at byte offset 1"),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<a =x>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=a/b>", "Unexpected end of name token at byte offset 8"),
        ('<a href="x>', "Unclosed start tag at byte offset 0"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji>a</tg-emoji>", "Invalid custom emoji identifier specified"),
        (
            "&#xD83D;",
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units",
        ),
    ],
)
def test_broken_markup_is_refused_in_telegrams_words(markup, complaint):
    with pytest.raises(HtmlError) as refused:
        parse_html(markup)
    assert str(refused.value) == complaint


@given(TEXT)
def test_escaped_text_always_reads_back_as_itself(text):
    assert parse_html(html.escape(text)) == Formatted(text)


@given(TEXT.filter(bool), TEXT)
def test_formatting_covers_exactly_the_text_inside_the_tags(inside, before):
    parsed = parse_html(f"{html.escape(before)}<b>{html.escape(inside)}</b>")
    assert parsed.entities == (Entity("bold", utf16_length(before), utf16_length(inside)),)


@given(TEXT)
def test_any_text_is_either_parsed_or_refused(markup):
    with contextlib.suppress(HtmlError):
        assert utf16_length(parse_html(markup).text) <= utf16_length(markup)


def test_text_is_measured_in_utf16_units():
    assert utf16_length("a−🟢") == 4
    assert utf16_length("\u20ac\U0001f1e9\U0001f1ea") == 5


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        (" \n a \n ", Formatted("a")),
        ("a\r\nb\u202e\u2028c\td", Formatted("a\nbc d")),
        ("<b> a </b>", Formatted(" a", (Entity("bold", 0, 2),))),
        ("x <b> </b>", Formatted("x")),
        ("\u202e<b>a</b>", Formatted("a", (Entity("bold", 0, 1),))),
        ("<pre>a<b>b</b></pre>", Formatted("ab", (Entity("pre", 0, 2),))),
        (
            "<blockquote>a<blockquote>b</blockquote></blockquote>",
            Formatted("ab", (Entity("blockquote", 0, 2),)),
        ),
    ],
)
def test_telegram_tidies_what_it_shows(markup, shown):
    assert tidy(parse_html(markup)) == shown


def test_a_message_carries_a_hundred_entities_at_most():
    assert len(tidy(parse_html("<b>a</b> " * 120)).entities) == 100


def test_commands_and_addresses_are_found_but_not_in_code():
    found = with_found(parse_html("/risk 1/2 and/or <code>/help</code> https://example.org/a."))
    assert [(entity.type, entity.offset, entity.length) for entity in found.entities] == [
        ("bot_command", 0, 5),
        ("code", 17, 5),
        ("url", 23, 21),
    ]
