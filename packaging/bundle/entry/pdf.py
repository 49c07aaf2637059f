"""Where the installed program `nextword-pdf` begins."""

from nextword.chat.pdf_process import main

main()
