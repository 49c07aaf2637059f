"""The words for everything that can be wrong with a model file."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword import errors
from nextword.ui.explanation import Explanation, last_line, short

translate = QCoreApplication.translate


def model(error: errors.ModelError) -> Explanation | None:
    """Return the words for a model error, None for a class without any."""
    match error:
        case errors.ModelNotReadable():
            return _not_readable(error)
        case errors.ModelLoadFailed():
            line = last_line(error.log)
            return Explanation(
                translate("explain", "The model could not be loaded"),
                translate("explain", "llama.cpp refused {file}. It says: {line}").format(
                    file=_name(error.path), line=line
                )
                if line
                else translate("explain", "llama.cpp refused {file} and gave no reason.").format(
                    file=_name(error.path)
                ),
                translate("explain", "Get the file again from its source, or choose another model."),
            )
        case errors.ModelNotRestored():
            return Explanation(
                translate("explain", "{file} was not put back").format(file=_name(error.path)),
                translate("explain", "It could not be moved out of the trash: {detail}").format(
                    detail=short(error.detail)
                ),
                translate("explain", "It is still in the system's trash; move it from there by hand."),
            )
        case errors.ModelNotDeleted():
            return Explanation(
                translate("explain", "{file} was not deleted").format(file=_name(error.path)),
                translate("explain", "It could not be moved to the trash: {detail}").format(detail=short(error.detail)),
                translate("explain", "The file is where it was. Delete it with your file manager, or forget it here."),
            )
        case errors.TemplateFailed():
            return _template(error)
        case errors.TemplateReplaced():
            return Explanation(
                translate("explain", "{file} chats in a plain format").format(file=_name(error.path)),
                translate("explain", "The file brings rules for writing a chat as a prompt. {why}").format(
                    why=_template_why(error.reason)
                ),
                translate(
                    "explain",
                    "You can chat all the same, but answers may be poorer. Look for another file of the model.",
                ),
            )
        case _:
            return None


def _template_why(reason: str) -> str:
    return {
        "syntax": translate("explain", "They are not written correctly."),
        "runtime": translate("explain", "They stopped with an error of their own."),
        "too_slow": translate("explain", "They took too long and were ended."),
        "too_large": translate("explain", "They make more text than a prompt may have."),
        "memory": translate("explain", "They need more memory than they may have."),
    }.get(reason, translate("explain", "They do not work."))


def _template(error: errors.TemplateFailed) -> Explanation:
    why = _template_why(error.reason)
    detail = f" ({short(error.detail)})" if error.detail else ""
    return Explanation(
        translate("explain", "The model's chat template cannot be used"),
        translate("explain", "The file brings rules for writing a chat as a prompt. {why}{detail}").format(
            why=why, detail=detail
        ),
        translate("explain", "Choose another model, or ask its maker for a file with a working template."),
    )


def _not_readable(error: errors.ModelNotReadable) -> Explanation:
    reasons = {**_not_there(), **_another_kind(), **_broken(), **_unfit()}
    why, advice = reasons.get(
        error.reason,
        (translate("explain", "The file is not a model that Nextword can open."), _get_again()),
    )
    detail = f" ({short(error.detail)})" if error.detail else ""
    return Explanation(
        translate("explain", "{file} cannot be used").format(file=_name(error.path)), f"{why}{detail}", advice
    )


def _name(path: str) -> str:
    return short(errors.ModelNotReadable(path, "").file_name, 80) or translate("explain", "The file")


def _get_again() -> str:
    return translate("explain", "Get the file again from its source, then add it again.")


def _not_there() -> dict[str, tuple[str, str]]:
    return {
        "missing": (
            translate("explain", "There is no file at this place."),
            translate("explain", "If it was moved, put it back, or add it again from its new place under Models."),
        ),
        "not_a_file": (
            translate("explain", "This is a folder or a device, not a file."),
            translate("explain", "Choose the file inside it whose name ends in .gguf."),
        ),
        "no_permission": (
            translate("explain", "The system does not let you read this file."),
            translate("explain", "Change its permissions, or copy it to a folder of yours."),
        ),
        "empty": (
            translate("explain", "The file is empty: 0 bytes."),
            translate("explain", "A copy or download was probably interrupted. Get the file again."),
        ),
        "changed_on_disk": (
            translate("explain", "The file changed on the disk while it was in use."),
            translate("explain", "Load the model again. If the file was replaced on purpose, that is all."),
        ),
    }


def _another_kind() -> dict[str, tuple[str, str]]:
    convert = translate("explain", "Look for the same model as a GGUF file; many are published in that form.")
    return {
        "not_gguf": (
            translate("explain", "This is not a GGUF file, the only kind of model file that Nextword opens."),
            convert,
        ),
        "lfs_pointer": (
            translate("explain", "This is a Git LFS pointer: a small text that stands for the model, not the model."),
            translate("explain", "Run git lfs pull in that folder, or download the file itself."),
        ),
        "html": (
            translate("explain", "This is a web page, not a model: the download saved the page around the file."),
            translate("explain", "Use the page's download button and save the file itself."),
        ),
        "zip": (
            translate("explain", "This is a ZIP archive or a PyTorch file packed as one, not a GGUF file."),
            translate("explain", "Unpack it and add the .gguf file inside, or look for the model as GGUF."),
        ),
        "pickle": (
            translate("explain", "This is a Python pickle. Opening one runs its code, so Nextword never does."),
            convert,
        ),
        "safetensors": (
            translate("explain", "This is a safetensors file: the weights alone, in a form llama.cpp does not read."),
            convert,
        ),
        "unknown_version": (
            translate("explain", "The file has a version of the GGUF format that Nextword does not know."),
            translate("explain", "Get a newer file of this model, or a newer Nextword."),
        ),
    }


def _broken() -> dict[str, tuple[str, str]]:
    again = _get_again()
    hostile = translate("explain", "Do not trust this file. Get the model from a source you know.")
    return {
        "truncated": (translate("explain", "The file ends too early: a part of it is missing."), again),
        "bad_string": (translate("explain", "The file's header holds a text that is not one: it is damaged."), again),
        "bad_array": (translate("explain", "The file's header holds a list with an impossible length."), again),
        "bad_type": (translate("explain", "The file's header holds a value of a kind that does not exist."), again),
        "duplicate_key": (translate("explain", "The file's header says the same thing twice."), hostile),
        "duplicate_tensor": (translate("explain", "Two parts of the model have the same name."), hostile),
        "bad_alignment": (
            translate("explain", "The file's header asks for an impossible alignment of the weights."),
            again,
        ),
        "bad_dimensions": (translate("explain", "A part of the model has an impossible size."), again),
        "tensor_outside_file": (
            translate("explain", "A part of the model would lie beyond the end of the file."),
            translate("explain", "The file was probably cut short. Get it again from its source."),
        ),
    }


def _unfit() -> dict[str, tuple[str, str]]:
    hostile = translate("explain", "Real models stay far below this. Get the model from a source you know.")
    return {
        "too_large_header": (translate("explain", "The file's header is larger than Nextword reads."), hostile),
        "too_many_keys": (translate("explain", "The file's header has more entries than Nextword reads."), hostile),
        "too_many_tensors": (translate("explain", "The file lists more parts than Nextword reads."), hostile),
        "split_incomplete": (
            translate("explain", "This model is split over several files, and not all of them are in the folder."),
            translate("explain", "Put all parts into one folder, then add the first part."),
        ),
        "unknown_architecture": (
            translate("explain", "The model has an architecture that this version of llama.cpp does not know."),
            translate("explain", "Choose another model, or get a newer Nextword."),
        ),
        "name_is_no_text": (
            translate("explain", "The name of the file, or of a folder that it is in, has bytes that are no letters."),
            translate("explain", "Give it a name of usual letters, then add it again."),
        ),
        "missing_key": (
            translate("explain", "The file's header leaves out something that every model needs."),
            translate("explain", "Get the file again, or another conversion of the same model."),
        ),
    }
