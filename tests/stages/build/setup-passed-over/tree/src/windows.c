int v_windows;
