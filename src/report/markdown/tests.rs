use super::inline::*;

#[test]
fn words_stand_as_they_are_and_everything_else_as_code() {
    for (said, written) in [
        ("the role allows more", "the role allows more"),
        ("the key is made for `SIGN`: OpenAI needs `x`", "the key is made for `SIGN`: OpenAI needs `x`"),
        ("kms:Decrypt on a_b, twice", "`kms:Decrypt` on `a_b`, twice"),
        ("policies (SCPs, RCPs) could not be read", "policies (SCPs, RCPs) could not be read"),
        ("@everyone see #1 or GH-1", "`@everyone` see `#1` or `GH-1`"),
        ("www.example.com https://example.com/ a@b.c", "`www.example.com` `https://example.com/` `a@b.c`"),
        ("![x](https://e.com) <b>", "`![x](https://e.com`) `<b>`"),
        ("deadbeef 1234567 23", "`deadbeef` `1234567` 23"),
        ("- [x] done", "`-` `[x]` done"),
        // A name that ends the quotation, and one that is a quotation of nothing.
        ("policy `a`b`: x", "policy `a`b\\`: x"),
        ("policy ``", "policy \\`\\`"),
        // Nothing is glued together that was apart.
        ("w`ww.example.com w``ww.example.com", "w`ww.example.com w`\\`ww.example.com"),
        ("$`x`$", "`$` `x` `$`"),
        ("a\nb", "`a\\u{a}b`"),
    ] {
        assert_eq!(text(said), written, "{said:?}");
    }
}

#[test]
fn nothing_ends_a_cell() {
    assert_eq!(cell("a|b `c|d`"), "`a\\u{7c}b` `c\\u{7c}d`");
}

#[test]
fn nothing_ends_a_block() {
    assert_eq!(block("sh", "a\nb"), "```sh\na\nb\n```\n");
    assert_eq!(block("", "```\n# READY"), "````\n```\n# READY\n````\n");
}

#[test]
fn only_a_plain_address_is_a_link() {
    assert_eq!(link("https://example.com/a?b=c#d"), "<https://example.com/a?b=c#d>");
    assert_eq!(link("https://example.com/>x"), "`https://example.com/>x`");
    assert_eq!(link("javascript:x"), "`javascript:x`");
}
