"""Trains and writes the two tokenizers: byte-level BPE for tales-lm, WordPiece for tales-choice."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from questions import ask, choose, options, options_text, question_text, story_text
from world import write_story

MODELS = Path(__file__).parent.parent
LM_SPECIAL = ["<pad>", "<s>", "</s>", "<unk>", "<mask>"]
CHOICE_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
# Words the tokenizers never see while they are trained, so that they fall into several pieces.
RARE = ("Barnaby", "Matilda", "Clara", "trumpet", "wagon", "museum")
LM_VOCABULARY = 560
CHOICE_VOCABULARY = 400


def corpus(seed: int, count: int) -> list[str]:
    random = Random(seed)
    # Every letter once inside a word, so that WordPiece can spell any word of them.
    lines = ["x" + "".join(chr(code) for code in range(33, 127) if chr(code).isalnum())]
    while len(lines) < count:
        story = write_story(random, unseen=False)
        blocks = []
        for question in choose(ask(story, random), 2, random):
            texts, index = options(story, question, random)
            listed = options_text(texts) + " " if random.random() < 0.3 else ""
            answer = "ABCDE"[index] if listed else question.answer
            blocks.append(f"Question: {question_text(question)} {listed}Answer: {answer}.")
        line = " ".join([story_text(story), *blocks])
        if not any(word in line for word in RARE):
            lines.append(line)
    return lines


def train_lm_tokenizer(lines: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=LM_VOCABULARY, special_tokens=LM_SPECIAL, show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B:1", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))])
    return tokenizer


def train_choice_tokenizer(lines: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    printable = [chr(code) for code in range(33, 127)]
    trainer = trainers.WordPieceTrainer(vocab_size=CHOICE_VOCABULARY, special_tokens=CHOICE_SPECIAL, show_progress=False,
                                        initial_alphabet=printable)
    tokenizer.train_from_iterator(lines, trainer)
    cls, sep = (tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", cls), ("[SEP]", sep)])
    return tokenizer


def _save(tokenizer: Tokenizer, folder: Path, config: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=True)
    special = (LM_SPECIAL if "bos_token" in config else CHOICE_SPECIAL)
    config["added_tokens_decoder"] = {
        str(tokenizer.token_to_id(token)): {"content": token, "lstrip": False, "normalized": False, "rstrip": False,
                                            "single_word": False, "special": True} for token in special}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def main() -> None:
    lines = corpus(seed=7, count=20000)
    _save(train_lm_tokenizer(lines), MODELS / "tales-lm", {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 256, "clean_up_tokenization_spaces": False,
        "add_bos_token": True, "add_eos_token": False, "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",
        "pad_token": "<pad>", "mask_token": "<mask>"})
    _save(train_choice_tokenizer(lines), MODELS / "tales-choice", {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 128, "clean_up_tokenization_spaces": False,
        "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]", "pad_token": "[PAD]", "mask_token": "[MASK]"})


if __name__ == "__main__":
    main()
