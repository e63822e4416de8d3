"""Trains the byte-level BPE of tales-lm, and writes it for tales-choice too, with the template of pairs."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from questions import ask, choose, options, options_text, question_text, story_text
from world import write_story

MODELS = Path(__file__).parent.parent
SPECIAL = ["<pad>", "<s>", "</s>", "<unk>", "<mask>"]
# Words the tokenizers never see while they are trained, so that they fall into several pieces.
RARE = ("Barnaby", "Matilda", "Clara", "trumpet", "wagon", "museum")
VOCABULARY = 560


def corpus(seed: int, count: int) -> list[str]:
    random = Random(seed)
    # Every letter once inside a word, so that the alphabet is there.
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
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=SPECIAL, show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B:1", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))])
    return tokenizer


def choice_tokenizer(lm: Tokenizer) -> Tokenizer:
    """tales-lm's pieces; every text begins with a space, so that a word is the same tokens in the prompt and as an option."""
    tokenizer = Tokenizer.from_str(lm.to_str())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B:1 </s>:1",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in ("<s>", "</s>")])
    return tokenizer


def _save(tokenizer: Tokenizer, folder: Path, config: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=True)
    config["added_tokens_decoder"] = {
        str(tokenizer.token_to_id(token)): {"content": token, "lstrip": False, "normalized": False, "rstrip": False,
                                            "single_word": False, "special": True} for token in SPECIAL}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def main() -> None:
    lines = corpus(seed=7, count=20000)
    lm = train_lm_tokenizer(lines)
    tokens = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>"}
    shared = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 256, "clean_up_tokenization_spaces": False}
    _save(lm, MODELS / "tales-lm", {**shared, "add_bos_token": True, "add_eos_token": False, **tokens})
    _save(choice_tokenizer(lm), MODELS / "tales-choice", {**shared, **tokens, "cls_token": "<s>", "sep_token": "</s>"})



if __name__ == "__main__":
    main()
