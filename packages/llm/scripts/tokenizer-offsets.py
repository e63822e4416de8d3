"""Writes src/tokenizer/tokenizer-offsets.fixture.json: small tokenizers and what Hugging Face's own library makes of hard texts.

For comparing only; no part of install, build or use. Run in packages/llm:

    pip install tokenizers==0.23.3 sentencepiece==0.2.3
    python scripts/tokenizer-offsets.py

Offsets in the file are in Unicode code points, as Python has them: start and end of every token, one pair after the other.
"""

import base64
import io
import json
import pathlib
import string
import tempfile

import sentencepiece
import tokenizers
from tokenizers import Tokenizer

TEXTS = [
    "",
    " ",
    "   \n\t ",
    "Hello, world!",
    "  leading and trailing  ",
    "tabs\tand\nlines\r\n\r\nend\n",
    "a  b   c    d",
    "naïve café Ångström",
    "e\u0301a\u0300\u0301 o\u0323\u0302 qa\u0308",
    "İstanbul ISTANBUL ıi ẞß ΑΣ",
    "ﬁne ﬂag ① ½ ㎏ ﷺ …",
    "日本語のテスト 中文字，標點。",
    "𠀀𪚥 𫡐",
    "한국어 \u1112\u1161\u11ab 각",
    "ｶﾞｷﾞ ﾊﾟ ｱ",
    "😀 👍🏽 👨‍👩‍👧 🇫🇷!",
    "z\u200dw x\u200by \u00a0\u3000n\u2003m",
    "مرحبا بالعالم שלום",
    "हिन्दी में क्ष",
    "l'été don't we'll I'M it's",
    "a1b22 3.14 ६७ Ⅳ x²",
    "under_score kebab-case a/b@c.d #tag $5+6=11 “quoted” ‘x’ — ok?!",
    "\u0000\u0001x\u007fy\u0085z\ufeffw\ufffdv\ue000u",
    "▁a ▁ ▁▁b",
    "zebra",
    "the cat sat on the mat unaffable",
    "aaaaaaaaaaaaaaaaaaaa",
    "x" * 101,
    "a<sep>b <sep> c <mask> d<mask>e [X] x[X]y THE the<s>",
    "<MASK> Mask word wordy word",
    "<0x41> <unk>",
]

LETTERS = list(string.ascii_lowercase)
UNK_ONLY = {"type": "WordLevel", "vocab": {"<unk>": 0}, "unk_token": "<unk>"}


def document(model, normalizer=None, pre_tokenizer=None, post_processor=None, decoder=None, added_tokens=()):
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": list(added_tokens),
        "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": post_processor,
        "decoder": decoder,
        "model": model,
    }


def added(id, content, special=False, **flags):
    token = {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": not special}
    return {**token, "special": special, **flags}


def numbered(tokens):
    return {token: id for id, token in enumerate(dict.fromkeys(tokens))}


def sequence(kind, steps):
    return {"type": "Sequence", kind: steps}


def template(vocabulary, single, pair):
    def items(text):
        result = []
        for entry in text.split():
            name, type_id = entry.rsplit(":", 1)
            key = "Sequence" if name in "AB" else "SpecialToken"
            result.append({key: {"id": name, "type_id": int(type_id)}})
        return result

    names = {entry.rsplit(":", 1)[0] for entry in (single + " " + pair).split()} - {"A", "B"}
    specials = {name: {"id": name, "ids": [vocabulary[name]], "tokens": [name]} for name in sorted(names)}
    return {"type": "TemplateProcessing", "single": items(single), "pair": items(pair), "special_tokens": specials}


def byte_characters():
    printable = list(range(0x21, 0x7F)) + list(range(0xA1, 0xAD)) + list(range(0xAE, 0x100))
    others = [byte for byte in range(256) if byte not in printable]
    characters = {byte: chr(byte) for byte in printable}
    characters.update({byte: chr(256 + index) for index, byte in enumerate(others)})
    return [characters[byte] for byte in range(256)]


def charsmaps():
    """SentencePiece's compiled rules: a few of our own."""
    rules = ["FB01\t66 69", "E9\t65", "65 301\t65", "3000\t20", "200B\t", "1F600\t3A 29", "2460\t31", "A0\t20"]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "rules.tsv"
        path.write_text("\n".join(rules) + "\n", encoding="utf8")
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["the cat sat on the mat"] * 20),
            model_writer=model,
            vocab_size=20,
            hard_vocab_limit=False,
            normalization_rule_tsv=str(path),
            minloglevel=2,
        )
    from sentencepiece import sentencepiece_model_pb2

    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    return base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()


def documents():
    each = {"type": "FixedLength", "length": 1}
    result = {}

    # Normalisers, one character a token: the alignment itself.
    for name in ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt"]:
        result[f"normalizer {name}"] = document(UNK_ONLY, {"type": name}, each)
    result["normalizer Strip"] = document(UNK_ONLY, {"type": "Strip", "strip_left": True, "strip_right": True}, each)
    result["normalizer Strip left"] = document(UNK_ONLY, {"type": "Strip", "strip_left": True, "strip_right": False}, each)
    result["normalizer Replace text"] = document(UNK_ONLY, {"type": "Replace", "pattern": {"String": "a"}, "content": "<A>"}, each)
    result["normalizer Replace spaces"] = document(
        UNK_ONLY, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}, each
    )
    result["normalizer Replace nothing"] = document(
        UNK_ONLY, {"type": "Replace", "pattern": {"Regex": "[aeiou]+"}, "content": ""}, each
    )
    result["normalizer Precompiled"] = document(UNK_ONLY, {"type": "Precompiled", "precompiled_charsmap": charsmaps()}, each)
    result["normalizer ByteLevel"] = document(UNK_ONLY, {"type": "ByteLevel"}, each)
    for lowercase in [True, False]:
        for strip in [None, True, False]:
            normalizer = {
                "type": "BertNormalizer",
                "clean_text": True,
                "handle_chinese_chars": True,
                "strip_accents": strip,
                "lowercase": lowercase,
            }
            # The spaces around CJK characters are taken away: in the reference they have the span of the next character.
            result[f"normalizer Bert lowercase={lowercase} strip={strip}"] = document(
                UNK_ONLY, normalizer, sequence("pretokenizers", [{"type": "WhitespaceSplit"}, each])
            )
    result["normalizer Sequence"] = document(
        UNK_ONLY,
        sequence("normalizers", [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "NFC"}]),
        each,
    )

    # Pre-tokenisers, one piece a token.
    split = {"type": "Split", "pattern": {"Regex": "\\s+|[aeiou]"}, "behavior": "Isolated", "invert": False}
    for behavior in ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]:
        for invert in [False, True]:
            step = {**split, "behavior": behavior, "invert": invert}
            result[f"split {behavior} invert={invert}"] = document(UNK_ONLY, None, step)
        result[f"punctuation {behavior}"] = document(UNK_ONLY, None, {"type": "Punctuation", "behavior": behavior})
    result["split text"] = document(UNK_ONLY, None, {**split, "pattern": {"String": "a"}, "behavior": "MergedWithNext"})
    for name in ["Whitespace", "WhitespaceSplit", "BertPreTokenizer"]:
        result[f"pre-tokenizer {name}"] = document(UNK_ONLY, None, {"type": name})
    result["digits one by one"] = document(UNK_ONLY, None, {"type": "Digits", "individual_digits": True})
    result["digits together"] = document(UNK_ONLY, None, {"type": "Digits", "individual_digits": False})
    result["delimiter"] = document(UNK_ONLY, None, {"type": "CharDelimiterSplit", "delimiter": " "})
    result["fixed length"] = document(UNK_ONLY, None, {"type": "FixedLength", "length": 3})
    for scheme in ["always", "first", "never"]:
        for splits in [True, False]:
            step = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": splits}
            result[f"metaspace {scheme} split={splits}"] = document(
                UNK_ONLY, None, step, added_tokens=[added(1, "<sep>", special=True)]
            )
    for prefix in [True, False]:
        for regex in [True, False]:
            step = {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": False, "use_regex": regex}
            result[f"byte level prefix={prefix} regex={regex}"] = document(UNK_ONLY, None, step)
    result["words and digits"] = document(
        UNK_ONLY,
        None,
        sequence(
            "pretokenizers",
            [{"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "Isolated"}, {"type": "Digits", "individual_digits": True}],
        ),
    )
    result["qwen's split"] = document(
        UNK_ONLY,
        {"type": "NFC"},
        sequence(
            "pretokenizers",
            [
                {
                    **split,
                    "pattern": {
                        "Regex": "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
                    },
                },
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
            ],
        ),
    )

    # Added tokens.
    result["added tokens"] = document(
        UNK_ONLY,
        {"type": "Lowercase"},
        {"type": "WhitespaceSplit"},
        added_tokens=[
            added(1, "<sep>", special=True),
            added(2, "<mask>", special=True, lstrip=True),
            added(3, "[X]", special=True, rstrip=True),
            added(4, "<Mask>", normalized=True, lstrip=True, rstrip=True),
            added(5, "THE", normalized=True),
            added(6, "word", single_word=True),
        ],
    )

    # Whole tokenizers.
    words = ["the", "cat", "sat", "on", "mat", "hello", "world", "un", "naive", "cafe"]
    pieces = [f"##{letter}" for letter in LETTERS] + ["##aff", "##able", "##s"]
    wordpiece = numbered(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, *LETTERS, *pieces, *",.!?'-", "日", "本", "語", "3", "##."])
    model = {
        "type": "WordPiece",
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
        "vocab": wordpiece,
    }
    specials = [added(id, token, special=True) for token, id in list(wordpiece.items())[:5]]
    bert = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}
    result["wordpiece"] = document(
        model,
        bert,
        {"type": "BertPreTokenizer"},
        template(wordpiece, "[CLS]:0 A:0 [SEP]:0", "[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1"),
        {"type": "WordPiece", "prefix": "##", "cleanup": True},
        specials,
    )
    result["wordpiece cased"] = document(
        model,
        {**bert, "lowercase": False, "strip_accents": False},
        {"type": "BertPreTokenizer"},
        {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        {"type": "WordPiece", "prefix": "##", "cleanup": False},
        specials,
    )

    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    known = [(letter, -6.0) for letter in LETTERS] + [("▁", -4.0), ("é", -7.0), (",", -5.0), (".", -5.5), ("日", -8.0)]
    known += [("▁the", -2.0), ("▁cat", -3.0), ("▁c", -4.5), ("at", -4.0), ("▁s", -4.2), ("▁on", -3.5), ("ing", -4.4), ("▁a", -3.9)]
    unigram = [["<unk>", 0.0], ["<s>", 0.0], ["</s>", 0.0]]
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    sentence_specials = [added(id, token, special=True) for id, token in enumerate(["<unk>", "<s>", "</s>"])]
    ends = template({"<s>": 1, "</s>": 2}, "A:0 </s>:0", "A:0 </s>:0 B:0 </s>:0")
    result["unigram with bytes"] = document(
        {"type": "Unigram", "unk_id": 0, "byte_fallback": True, "vocab": unigram + [[token, 0.0] for token in byte_tokens] + known},
        sequence("normalizers", [{"type": "Nmt"}, {"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]),
        metaspace,
        ends,
        sequence("decoders", [{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}, {"type": "ByteFallback"}, {"type": "Fuse"}]),
        sentence_specials,
    )
    result["unigram"] = document(
        {"type": "Unigram", "unk_id": 0, "byte_fallback": False, "vocab": unigram + known},
        {"type": "NFKC"},
        sequence("pretokenizers", [{"type": "WhitespaceSplit"}, metaspace]),
        ends,
        metaspace,
        sentence_specials,
    )

    merges = [["t", "h"], ["th", "e"], ["▁", "the"], ["c", "a"], ["ca", "t"], ["▁", "cat"], ["▁", "a"], ["▁", "▁"], ["l", "l"], ["o", "n"]]
    llama = numbered(
        ["<unk>", "<s>", "</s>", *byte_tokens, "▁", *LETTERS, *string.ascii_uppercase, ",", ".", "é", *[left + right for left, right in merges]]
    )
    result["llama"] = document(
        {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
         "fuse_unk": True, "byte_fallback": True, "vocab": llama, "merges": merges},
        sequence("normalizers", [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]),
        None,
        template(llama, "<s>:0 A:0", "<s>:0 A:0 <s>:1 B:1"),
        sequence("decoders", [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
            {"type": "ByteFallback"},
            {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        ]),
        sentence_specials,
    )
    few = numbered(["<unk>", "<s>", "</s>", "▁", *LETTERS, *[left + right for left, right in merges]])
    for fuse in [True, False]:
        result[f"bpe without bytes fuse={fuse}"] = document(
            {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
             "fuse_unk": fuse, "byte_fallback": False, "vocab": few, "merges": merges},
            None, metaspace, None, metaspace, sentence_specials,
        )
    result["bpe without unknown"] = document(
        {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
         "fuse_unk": False, "byte_fallback": False, "vocab": few, "merges": merges},
        None, metaspace, None, metaspace, sentence_specials,
    )

    characters = byte_characters()
    byte_merges = [["t", "h"], ["th", "e"], ["Ġ", "the"], ["c", "a"], ["ca", "t"], ["Ġ", "c"], ["Ã", "©"], ["ð", "Ł"], ["ðŁ", "ĺ"], ["Ġ", "Ġ"], ["ã", "ģ"], ["Ġ", "ðŁ"]]
    byte_vocabulary = numbered(["<s>", "</s>", "<mask>", *characters, *[left + right for left, right in byte_merges]])
    level = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}
    roberta_specials = [
        added(0, "<s>", special=True),
        added(1, "</s>", special=True),
        added(2, "<mask>", special=True, lstrip=True),
    ]
    byte_model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "",
                  "fuse_unk": False, "byte_fallback": False, "vocab": byte_vocabulary, "merges": byte_merges}
    result["roberta"] = document(
        byte_model, None, level,
        {"type": "RobertaProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0], "trim_offsets": False, "add_prefix_space": True},
        level, roberta_specials,
    )
    result["byte level template"] = document(
        byte_model,
        {"type": "NFC"},
        {**level, "add_prefix_space": False},
        sequence("processors", [{**level, "add_prefix_space": False}, template(byte_vocabulary, "<s>:0 A:0", "<s>:0 A:0 <s>:1 B:1")]),
        level,
        roberta_specials,
    )

    clip_merges = [["t", "h"], ["th", "e</w>"], ["c", "a"], ["ca", "t</w>"], ["o", "n</w>"]]
    clip = numbered([*characters, *[character + "</w>" for character in characters], *[left + right for left, right in clip_merges], "<|startoftext|>", "<|endoftext|>"])
    result["clip"] = document(
        {"type": "BPE", "dropout": None, "unk_token": "<|endoftext|>", "continuing_subword_prefix": "", "end_of_word_suffix": "</w>",
         "fuse_unk": False, "byte_fallback": False, "vocab": clip, "merges": clip_merges},
        sequence("normalizers", [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]),
        sequence("pretokenizers", [
            {"type": "Split", "pattern": {"Regex": "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"}, "behavior": "Removed", "invert": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": True},
        ]),
        {"type": "RobertaProcessing", "sep": ["<|endoftext|>", clip["<|endoftext|>"]], "cls": ["<|startoftext|>", clip["<|startoftext|>"]],
         "trim_offsets": False, "add_prefix_space": False},
        {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        [added(clip["<|startoftext|>"], "<|startoftext|>", special=True), added(clip["<|endoftext|>"], "<|endoftext|>", special=True)],
    )
    result["word level"] = document(
        {"type": "WordLevel", "vocab": numbered(["<unk>", *words, "a", "b"]), "unk_token": "<unk>"}, None, {"type": "WhitespaceSplit"}
    )
    return result


PAIRS = [("the cat", "on the mat"), ("", "x"), ("日本 é", "")]


def case(tokenizer, text, pair=None):
    encoding = tokenizer.encode(text, pair)
    plain = tokenizer.encode(text, pair, add_special_tokens=False)
    result = {"text": text, "ids": plain.ids, "offsets": [place for offset in plain.offsets for place in offset]}
    if pair is not None:
        result.update(pair=pair, typeIds=plain.type_ids)
    if encoding.ids != plain.ids:
        result.update(specialIds=encoding.ids, specialTypeIds=encoding.type_ids)
    if pair is None and "<unk>" not in plain.tokens:
        result["decoded"] = tokenizer.decode(plain.ids, skip_special_tokens=False)
    return result


def main():
    groups = []
    for name, content in documents().items():
        tokenizer = Tokenizer.from_str(json.dumps(content))
        cases = [case(tokenizer, text) for text in TEXTS]
        if content["model"] is not UNK_ONLY:
            cases += [case(tokenizer, *pair) for pair in PAIRS]
        groups.append({"name": name, "tokenizer": content, "cases": cases})
    lines = ",\n".join(json.dumps(group, ensure_ascii=True, separators=(",", ":")) for group in groups)
    target = pathlib.Path(__file__).parent.parent / "src" / "tokenizer" / "tokenizer-offsets.fixture.json"
    target.write_text(f'{{"versions":{{"tokenizers":"{tokenizers.__version__}"}},"groups":[\n{lines}\n]}}\n', encoding="utf8")


main()
