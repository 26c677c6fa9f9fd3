# Each target is one line that anyone can type; `make notebooks only="03 05"` executes some.
PYTHON ?= python3
.PHONY: lab workbook test book notebooks bench nbgrader
lab workbook test book bench nbgrader:
	@$(PYTHON) -m matnn_lab $@
notebooks:
	@$(PYTHON) -m matnn_lab notebooks $(only)
