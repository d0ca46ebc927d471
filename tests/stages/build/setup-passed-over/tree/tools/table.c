int v_table;
