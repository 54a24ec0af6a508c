-- Fresh statistics of the staged rows, or joins of them are planned for a handful. No parameters.
analyze staged_person;
analyze staged_outcome;
